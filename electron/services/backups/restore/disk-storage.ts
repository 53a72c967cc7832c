import { Problem } from '../../../../shared/problem.ts';
import type { GuestType } from '../../../../shared/schemas/backup-names.ts';
import { bytesIn } from '../discover/guest-configurations.ts';
import type { NodeFacts } from '../run/ask-guests.ts';
import type { ArchivedGuest } from './archive-config.ts';
import { disksOf, type GuestConfigText } from './guest-config.ts';
import { storageRefusals } from './restore-refusals.ts';

/**
 * The storage that a restore names for the disks; `undefined` leaves each disk of a virtual machine to where it was
 * (PVE::QemuServer, restore_vma_archive). A container's go to `local` then, whatever it may hold and wherever they were
 * (pve-container 94f55852, PVE::API2::LXC, create_vm), so the storage of its root is named. RESTORE_REFUSED where nobody knows.
 */
export function storageForDisks(
  type: GuestType,
  wanted: string | undefined,
  archived: ArchivedGuest | undefined,
): string | undefined {
  if (wanted !== undefined || type === 'qemu') return wanted;
  const root = archived?.disks.find(({ key }) => key === 'rootfs');
  if (root !== undefined) return root.storage;
  throw new Problem('RESTORE_REFUSED', {
    what: 'The archive does not say on which storage its container was.',
    state: 'Nothing was changed.',
    next: 'Name the storage: --storage, or for tests `storage` below `restoreTests` in backups/policy.yaml',
  });
}

/** Mount points that were elsewhere and go to the same storage as the root, in words. */
export function movedMounts(storage: string | undefined, archived: ArchivedGuest | undefined): string[] {
  const moved = (archived?.disks ?? []).filter((disk) => disk.storage !== storage);
  if (storage === undefined || moved.length === 0) return [];
  const words = moved.map(({ key, storage: before }) => `${key} was on ${before}`).join(', ');
  return [`All disks go to ${storage}: ${words}.`];
}

/**
 * Where its disks go is there and has room for all of them at their full size, before anything is made or erased: a thin pool
 * that a restore fills stops every guest on it. `over` is the guest that goes; a virtual machine's disks are freed before the
 * new ones are made, a container's after it (PVE::QemuServer, restore_cleanup_oldconf; PVE::API2::LXC, create_vm). The problems
 * of `storageRefusals`.
 */
export function refuseStorages(
  { type, sizeBytes }: { readonly type: GuestType; readonly sizeBytes: number },
  facts: Pick<NodeFacts, 'node' | 'storages'>,
  { named, archived, over }: DisksToMake,
): void {
  const wanted =
    named === undefined ? [...new Set(archived?.disks.map(({ storage }) => storage) ?? [])] : [named];
  for (const storage of wanted) {
    const sizes = (archived?.disks ?? [])
      .filter((disk) => named !== undefined || disk.storage === storage)
      .flatMap(({ bytes }) => bytes ?? []);
    // Where no disk says its size, what is packed is the least that it takes.
    const needed = sizes.length === 0 ? sizeBytes : sum(sizes);
    const freed = type === 'lxc' || over === undefined ? 0 : sum(sizesOn(storage, over));
    const [refusal] = storageRefusals(storage, facts, type, Math.max(0, needed - freed));
    if (refusal === undefined) continue;
    const { code, ...data } = refusal;
    throw new Problem(code, data);
  }
}

export interface DisksToMake {
  /** The storage for all of them, as `storageForDisks` answers. */
  readonly named: string | undefined;
  readonly archived: ArchivedGuest | undefined;
  readonly over?: GuestConfigText | undefined;
}

function sizesOn(storage: string, config: GuestConfigText): number[] {
  return disksOf(config)
    .filter(({ volume }) => volume.startsWith(`${storage}:`))
    .flatMap(({ size }) => bytesIn(size) ?? []);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
