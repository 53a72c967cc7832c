import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type BlockDevices, devicePath, readBlockDevices, readBtrfsMembers } from './block-devices.ts';
import type { SystemState } from './block-graph.ts';
import { type Mount, parseMountinfo, parseSwaps } from './kernel-tables.ts';
import { attribute, patienceMilliseconds, realPlace } from './sysfs.ts';

export interface SystemRoots {
  /** `/sys` */
  readonly sysRoot: string;
  /** `/proc` */
  readonly procRoot: string;
}

/** What the kernel says now. Throws what the system says when its list of block devices or of mounts cannot be read. */
export async function readSystemState(
  { sysRoot, procRoot }: SystemRoots,
  protectedPaths: readonly string[],
): Promise<SystemState> {
  const devices = await readBlockDevices(sysRoot);
  const mounts = parseMountinfo(await readFile(join(procRoot, 'self', 'mountinfo'), 'utf8'));
  // Of the first process: what is mounted outside a sandbox this may run in. Only root may read it.
  const outerMounts = parseMountinfo((await attribute(join(procRoot, '1', 'mountinfo'))) ?? '');
  const swaps = parseSwaps((await attribute(join(procRoot, 'swaps'))) ?? '');
  const btrfs = await readBtrfsMembers(sysRoot);
  return {
    devices,
    mounts,
    outerMounts,
    swaps: await Promise.all(swaps.map(placeOf)),
    mountDevices: await devicesOfUnnumbered([...mounts, ...outerMounts], devices, btrfs),
    btrfsMembers: btrfs,
    protectedPaths: await Promise.all(protectedPaths.map(placeOf)),
  };
}

/** File systems over several devices have no device number; what they were mounted from names some of them. */
async function devicesOfUnnumbered(
  mounts: readonly Mount[],
  devices: BlockDevices,
  btrfs: ReadonlyMap<string, readonly string[]>,
): Promise<Map<Mount, string[]>> {
  const names = new Map([...devices.keys()].map((name) => [devicePath(name), name]));
  const found = new Map<Mount, string[]>();
  for (const mount of mounts) {
    if (!mount.number.startsWith('0:') || !mount.source.startsWith('/dev/')) continue;
    // bcachefs joins its devices by colons.
    const sources = await Promise.all(mount.source.split(':').map(realPlace));
    const own = sources.flatMap((source) => names.get(source ?? '') ?? []);
    found.set(mount, [...new Set(own.flatMap((name) => btrfs.get(name) ?? name))]);
  }
  return found;
}

/** The real path of the nearest folder that is there, and what is below it as it was named. */
async function placeOf(path: string): Promise<string> {
  const waiting = new AbortController();
  const late = setTimeout(patienceMilliseconds, 'late', { signal: waiting.signal }).catch(() => 'late');
  const found = await Promise.race([realPlace(path), late]);
  waiting.abort();
  if (found === 'late') return path;
  if (found !== undefined) return found;
  const folder = dirname(path);
  return folder === path ? path : join(await placeOf(folder), basename(path));
}
