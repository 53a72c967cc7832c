import type { ListedDevice } from './lsblk.ts';
import type { MountedSpace } from './mounted-space.ts';

/** A whole drive as one source sees it. */
export interface DriveOpinion {
  readonly size: number;
  readonly readOnly: boolean;
  readonly mountpoints: readonly string[];
}

/** What the kernel's own files say of a whole drive; the others are held against it. */
export interface DriveView extends DriveOpinion {
  readonly path: string;
  /** The paths of its partitions. */
  readonly partitions: readonly string[];
  /** Mounted or swapped onto, itself or anything on it. */
  readonly inUse: boolean;
}

export interface Opinions {
  /** `undefined` when it does not know the drive. */
  readonly drivelist: DriveOpinion | undefined;
  readonly lsblk: ReadonlyMap<string, ListedDevice>;
  readonly mountedSpace: readonly MountedSpace[];
}

/** What contradicts the kernel's files, as phrases. That a source does not know something is no contradiction. */
export function disagreementsAbout(view: DriveView, { drivelist, lsblk, mountedSpace }: Opinions): string[] {
  const own = [view.path, ...view.partitions];
  const listed = lsblk.get(view.path);
  const listedMountpoints = own.flatMap((path) => lsblk.get(path)?.mountpoints ?? []);
  const found = [
    ...compared(view, 'drivelist', drivelist),
    ...compared(view, 'lsblk', listed && { ...listed, mountpoints: listedMountpoints }),
  ];
  for (const { source, size } of mountedSpace) {
    if (!own.includes(source)) continue;
    if (!view.inUse) found.push(`node-disk-info says ${source} is mounted, the kernel that it is not`);
    if (size > view.size) found.push(`node-disk-info says ${source} is larger than the drive it is on`);
  }
  return found;
}

function compared(view: DriveView, name: string, other: DriveOpinion | undefined): string[] {
  if (other === undefined) return [];
  const found: string[] = [];
  if (other.size !== view.size)
    found.push(`${name} says it has ${other.size} bytes, the kernel ${view.size}`);
  if (other.readOnly !== view.readOnly)
    found.push(`${name} says it is ${other.readOnly ? 'read-only' : 'writable'}, the kernel the opposite`);
  if (!view.inUse && other.mountpoints.length > 0)
    found.push(`${name} says it is in use at ${other.mountpoints.join(', ')}, the kernel that it is not`);
  return found;
}
