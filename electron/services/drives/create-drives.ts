import type { Drive } from '../../../shared/schemas/drive.ts';
import type { Drives } from './drives.ts';
import {
  type LinuxSources,
  linuxFingerprint,
  linuxSources,
  listLinuxDrives,
} from './survey/list-linux-drives.ts';
import { listWindowsDrives, type WindowsSources, windowsSources } from './survey/list-windows-drives.ts';
import { watchFor } from './survey/watch-drives.ts';

export interface DrivePorts {
  /** A drive that carries one of them is not offered. */
  readonly protectedPaths: readonly string[];
  /** This machine's unless told. */
  readonly platform?: NodeJS.Platform;
  readonly linux?: Partial<LinuxSources>;
  readonly windows?: Partial<WindowsSources>;
  /** How often a watcher looks whether something changed. */
  readonly tickMilliseconds?: number;
}

/** The drives of this machine. On a system that is not known (macOS) there are none, so nothing can be written to. */
export function createDrives(ports: DrivePorts): Drives {
  const { protectedPaths, platform = process.platform } = ports;
  const { tickMilliseconds = platform === 'win32' ? 5_000 : 1_000 } = ports;
  const { look, fingerprint } = surveyor(platform, ports, protectedPaths);
  const lookAtAll = () => look();
  return {
    list: look,
    watch: (signal) => watchFor(signal, { look: lookAtAll, fingerprint, tickMilliseconds }),
  };
}

interface Surveyor {
  look(this: void, only?: string): Promise<Drive[]>;
  /** Cheap, and another when `look` would find something else. */
  fingerprint(this: void): Promise<string>;
}

function surveyor(platform: NodeJS.Platform, ports: DrivePorts, protectedPaths: readonly string[]): Surveyor {
  if (platform === 'linux') {
    const sources = { ...linuxSources, ...ports.linux };
    return {
      look: (only) => listLinuxDrives(sources, protectedPaths, only),
      fingerprint: () => linuxFingerprint(sources),
    };
  }
  if (platform === 'win32') {
    const sources = { ...windowsSources, ...ports.windows };
    let looks = 0;
    return {
      look: () => listWindowsDrives(sources, protectedPaths),
      // Nothing there is cheap to ask: every tick is a look.
      fingerprint: () => Promise.resolve(String((looks += 1))),
    };
  }
  return { look: () => Promise.resolve([]), fingerprint: () => Promise.resolve('') };
}
