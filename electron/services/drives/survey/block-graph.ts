import type { BlockDevice, BlockDevices } from './block-devices.ts';
import type { Mount } from './kernel-tables.ts';

/** What is mounted, swapped onto and built on what: all that decides whose bytes a drive holds. */
export interface SystemState {
  readonly devices: BlockDevices;
  readonly mounts: readonly Mount[];
  /** As the system's first process sees them; none when that may not be known. */
  readonly outerMounts: readonly Mount[];
  /** Real paths of devices and files that are swapped onto. */
  readonly swaps: readonly string[];
  /** For mounts without a device number of their own (btrfs, bcachefs): the real names of the devices they were made from. */
  readonly mountDevices: ReadonlyMap<Mount, readonly string[]>;
  /** The names of all devices of a mounted btrfs, by each of them. */
  readonly btrfsMembers: ReadonlyMap<string, readonly string[]>;
  /** Real paths; of one that does not exist yet, the folder it will be in. */
  readonly protectedPaths: readonly string[];
}

/** The drive, its partitions, and whatever is built on any of them, to the top. */
export function stackOn(drive: BlockDevice, { devices }: Pick<SystemState, 'devices'>): BlockDevice[] {
  const stack = new Map<string, BlockDevice>();
  const visit = (name: string) => {
    const device = devices.get(name);
    if (device === undefined || stack.has(name)) return;
    stack.set(name, device);
    for (const above of [...device.partitions, ...device.holders]) visit(above);
    // A loop device over a block device is no holder in the kernel's eyes.
    for (const other of devices.values()) {
      if (other.loop?.backingFile === device.path) visit(other.name);
    }
  };
  visit(drive.name);
  return [...stack.values()];
}

/** The whole drives a device's bytes lie on: through partitions, device mapper, RAID, loop devices and the files below them. */
export function drivesBelow(name: string, state: SystemState): ReadonlySet<string> {
  const found = new Set<string>();
  new Descent(state, found).device(name);
  return found;
}

/** The whole drives that carry what is at a path. Empty when no block device is behind it: memory, network. */
export function drivesUnder(path: string, state: SystemState): ReadonlySet<string> {
  const found = new Set<string>();
  new Descent(state, found).path(path);
  return found;
}

class Descent {
  readonly #state: SystemState;
  readonly #found: Set<string>;
  readonly #seen = new Set<string>();

  constructor(state: SystemState, found: Set<string>) {
    this.#state = state;
    this.#found = found;
  }

  device(name: string): void {
    const device = this.#state.devices.get(name);
    if (device === undefined || this.#isSeen(`device ${name}`)) return;
    this.#found.add(device.whole);
    const whole = this.#state.devices.get(device.whole);
    for (const below of [...device.slaves, ...(whole?.slaves ?? [])]) this.device(below);
    if (whole?.loop !== undefined) this.path(whole.loop.backingFile);
  }

  path(path: string): void {
    if (this.#isSeen(`path ${path}`)) return;
    for (const device of this.#state.devices.values()) {
      if (device.path === path) return this.device(device.name);
    }
    const mount = mountAt(path, this.#state.mounts);
    if (mount === undefined) return;
    for (const name of devicesOf(mount, this.#state)) this.device(name);
    if (mount.fileSystem === 'overlay') {
      for (const layer of overlayLayers(mount.options)) this.path(layer);
    }
  }

  #isSeen(key: string): boolean {
    if (this.#seen.has(key)) return true;
    this.#seen.add(key);
    return false;
  }
}

/** By number, or for a file system over several devices by their names. */
export function devicesOf(mount: Mount, { devices, mountDevices }: SystemState): string[] {
  const numbered = mount.number.startsWith('0:')
    ? []
    : [...devices.values()].filter(({ number }) => number === mount.number).map(({ name }) => name);
  return [...numbered, ...(mountDevices.get(mount) ?? [])];
}

/** The mount a path is in: the longest that leads to it, of two at one place the later, which hides the other. */
function mountAt(path: string, mounts: readonly Mount[]): Mount | undefined {
  return mounts.reduce<Mount | undefined>((best, mount) => {
    if (!isBelow(path, mount.mountpoint)) return best;
    return best === undefined || mount.mountpoint.length >= best.mountpoint.length ? mount : best;
  }, undefined);
}

export function isBelow(path: string, folder: string): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder}/`);
}

/** The folders an overlay is made of (kernel documentation: filesystems/overlayfs), `:` and `,` escaped by a backslash. */
function overlayLayers(options: string): string[] {
  return options.split(/(?<!\\),/).flatMap((option) => {
    const folders = /^(?:lowerdir\+?|datadir\+|upperdir)=(.*)$/.exec(option)?.[1];
    if (folders === undefined) return [];
    return folders
      .split(/(?<!\\):/)
      .map((folder) => folder.replace(/\\(.)/g, '$1'))
      .filter((folder) => folder.startsWith('/'));
  });
}
