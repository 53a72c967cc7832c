import { policyFor } from '../../../../shared/backup-rules.ts';
import { Problem } from '../../../../shared/problem.ts';
import type { GuestKey } from '../../../../shared/schemas/backup-names.ts';
import type { BackupPolicy } from '../../../../shared/schemas/backup-policy.ts';
import type { RestoreTestRequest } from '../../../../shared/schemas/backup-plans.ts';
import type { Archive } from '../../../../shared/schemas/backup-manifest.ts';
import { archiveOwners } from '../archives/archive-owner.ts';
import { archiveById, type KnownArchive, type KnownArchives } from '../archives/known-archives.ts';

export interface TestSubject {
  readonly one: KnownArchive;
  readonly guest: GuestKey & { readonly node: string; readonly name?: string | undefined };
}

const usualWaitSeconds = 300;

/** The archive of a test: the one that is named, or the newest of a guest that could be restored. */
export function chooseTest(known: KnownArchives, request: RestoreTestRequest): TestSubject {
  if (request.archive !== undefined) {
    const one = archiveById(known, request.archive);
    refuseExport(one);
    return { one, guest: guestOfArchive(known, one) };
  }
  const guest = guestAt(known, request.guest ?? '');
  const [one] = archivesOf(known, guest);
  if (one === undefined) throw noArchive(`${guest.node}/${guest.vmid}`);
  return { one, guest };
}

/**
 * Archives of a guest that can be restored, the newest first; of one backup a storage's before a target's. Those that may be
 * another guest's are not among them.
 */
export function archivesOf(known: KnownArchives, guest: GuestKey): KnownArchive[] {
  const { isContested } = archiveOwners(known.manifest?.guests ?? []);
  return [...known.archives.values()]
    .filter(
      ({ archive }) =>
        archive.type === guest.type &&
        archive.vmid === guest.vmid &&
        (archive.pveCluster === undefined
          ? !isContested(archive)
          : archive.pveCluster === guest.pveCluster) &&
        !archive.partial &&
        !archive.format.startsWith('pbs-') &&
        archive.method === 'vzdump',
    )
    .toSorted(
      (a, b) =>
        b.archive.ctime - a.archive.ctime ||
        Number(a.archive.place.startsWith('target:')) - Number(b.archive.place.startsWith('target:')),
    );
}

/** Until the guest has to answer: as the rule of the policy says that counts for it. */
export function waitSecondsFor(policy: BackupPolicy, known: KnownArchives, { guest }: TestSubject): number {
  const { tags, pool } = known.manifest?.guests.find((one) => isSame(one, guest)) ?? {};
  const found = policyFor(policy, {
    node: guest.node,
    vmid: guest.vmid,
    tags: tags ?? [],
    ...(pool === undefined ? {} : { pool }),
  });
  const rule = found.kind === 'rule' ? found.rule : undefined;
  return rule?.restoreTest?.waitSeconds ?? usualWaitSeconds;
}

function isSame(a: GuestKey, b: GuestKey): boolean {
  return a.type === b.type && a.vmid === b.vmid && a.pveCluster === b.pveCluster;
}

/** GUEST_UNKNOWN. */
function guestAt({ manifest, records }: KnownArchives, address: string): TestSubject['guest'] {
  const all = [...(manifest?.guests ?? []), ...records.map(({ guest }) => guest)];
  const found = all.find(({ node, vmid }) => `${node}/${vmid}` === address);
  if (found !== undefined) return found;
  throw new Problem('GUEST_UNKNOWN', {
    what: `No guest is known as ${address}, and no backup of one.`,
    state: 'Nothing was changed.',
    next: 'Ask the nodes: sifaka backups discover',
  });
}

function guestOfArchive(
  { manifest }: KnownArchives,
  { archive, record }: KnownArchive,
): TestSubject['guest'] {
  const { type, vmid, node, name } = archive;
  if (type === undefined || vmid === undefined) throw nameless(name);
  if (archive.pveCluster === undefined && archiveOwners(manifest?.guests ?? []).isContested(archive))
    throw ofSeveral(archive);
  const key = record?.guest ?? { pveCluster: archive.pveCluster ?? node ?? '', type, vmid };
  const now = manifest?.guests.find((one) => isSame(one, key));
  if (now !== undefined) return now;
  if (record !== undefined) return record.guest;
  if (node === undefined || key.pveCluster === '') throw nameless(name);
  return { ...key, node };
}

export function refuseExport({ archive }: KnownArchive): void {
  if (archive.method !== 'export' && !archive.partial) return;
  throw new Problem('RESTORE_REFUSED', {
    what: archive.partial
      ? `${archive.name} is only the part that a run which was cut off left.`
      : `${archive.name} is an export: each disk is an image of its own, for use without Proxmox.`,
    state: 'Nothing was changed.',
    next: archive.partial
      ? 'Use another archive of the guest: sifaka backups archives'
      : 'Unpack its disks with zstd and import them: qm importdisk VMID disk-scsi0.raw STORAGE; the guide says how.',
  });
}

function nameless(name: string): Problem {
  return new Problem('ARCHIVE_UNKNOWN', {
    what: `The name of ${name} does not say whose archive it is.`,
    state: 'Nothing was changed.',
    next: 'Restore it in Proxmox, where its content can be looked at.',
  });
}

function ofSeveral({ id, name, type, vmid }: Archive): Problem {
  return new Problem('ARCHIVE_UNKNOWN', {
    what: `Several Proxmox clusters have a guest ${type}/${vmid}, and no record says whose ${name} is.`,
    state: 'Nothing was changed.',
    next: `Restore it under an id that is free, and look at it: sifaka backups restore ${id} --to NODE/VMID`,
  });
}

function noArchive(address: string): Problem {
  return new Problem('ARCHIVE_UNKNOWN', {
    what: `There is no archive of ${address} that could be restored.`,
    state: 'Nothing was changed.',
    next: `Make one: sifaka backups run ${address}`,
  });
}
