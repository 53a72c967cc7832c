import type { Drive } from '../../../shared/schemas/drive.ts';
import type { Drives } from './drives.ts';
import {
  type LinuxSources,
  linuxFingerprint,
  linuxSources,
  listLinuxDrives,
} from './survey/list-linux-drives.ts';
import { watchFor } from './survey/watch-drives.ts';

export interface DrivePorts {
  /** A drive that carries one of them is not offered. */
  readonly protectedPaths: readonly string[];
  /** This machine's unless told. */
  readonly platform?: NodeJS.Platform;
  readonly linux?: Partial<LinuxSources>;
  /** How often a watcher looks whether something changed. */
  readonly tickMilliseconds?: number;
}

/** The drives of this machine. On a system that is not known there are none, so nothing can be written to. */
export function createDrives(ports: DrivePorts): Drives {
  const { protectedPaths, platform = process.platform, tickMilliseconds = 1_000 } = ports;
  const { look, fingerprint } = surveyor(platform, ports, protectedPaths);
  return { list: look, watch: (signal) => watchFor(signal, { look, fingerprint, tickMilliseconds }) };
}

interface Surveyor {
  look(this: void): Promise<Drive[]>;
  /** Cheap, and another when `look` would find something else. */
  fingerprint(this: void): Promise<string>;
}

function surveyor(platform: NodeJS.Platform, ports: DrivePorts, protectedPaths: readonly string[]): Surveyor {
  if (platform === 'linux') {
    const sources = { ...linuxSources, ...ports.linux };
    return {
      look: () => listLinuxDrives(sources, protectedPaths),
      fingerprint: () => linuxFingerprint(sources),
    };
  }
  return { look: () => Promise.resolve([]), fingerprint: () => Promise.resolve('') };
}
