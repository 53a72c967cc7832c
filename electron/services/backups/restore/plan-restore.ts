import { formatBytes, formatQuantity, formatUtc } from '../../../../shared/quantities.ts';
import type { RestorePlan, RestoreRequest } from '../../../../shared/schemas/backup-plans.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import { archiveOwners } from '../archives/archive-owner.ts';
import { type KnownArchive, targetOf } from '../archives/known-archives.ts';
import { archivesOf } from '../prove/choose-test.ts';
import { disksOf, nameIn } from './guest-config.ts';
import type { GuestThere, RestoreFacts } from './restore-facts.ts';
import { restoreRefusals } from './restore-refusals.ts';

/** What a restore would do. Pure. */
export function planRestore(request: RestoreRequest, facts: RestoreFacts): RestorePlan {
  const { one, node, vmid, guest, host } = facts;
  const { archive, record } = one;
  const refusals = restoreRefusals(request, facts);
  const target = targetOf(archive.place);
  const bringTo = target === undefined ? undefined : bringStorage(facts);
  if (target !== undefined && bringTo === undefined && refusals.length === 0)
    refusals.push({
      code: 'STORAGE_UNUSABLE',
      what: `${node} has no storage for backups with room for ${formatBytes(archive.sizeBytes)}, where the archive could be brought to.`,
      state: 'Nothing was changed.',
      next: `Make room on a storage of ${node} that may hold backups.`,
    });
  const over = guest !== undefined && guest.host === host && request.overwrite ? guest : undefined;
  const overwrites = over && overwritten(facts, over);
  const [file, ...others] = record?.files ?? [];
  return {
    schema: 'sifaka.restore-plan/1',
    archive: {
      id: archive.id,
      place: archive.place,
      name: archive.name,
      type: archive.type ?? 'qemu',
      vmid: archive.vmid ?? vmid,
      ctime: archive.ctime,
      sizeBytes: archive.sizeBytes,
      ...(file === undefined || others.length > 0 ? {} : { sha256: file.sha256 }),
      proof: proofWords(one),
    },
    node,
    vmid,
    ...(request.storage === undefined ? {} : { storage: request.storage }),
    ...(bringTo === undefined ? {} : { bringTo }),
    start: request.start,
    unique: request.unique,
    ...(overwrites === undefined ? {} : { overwrites }),
    stages: stagesOf(request, facts, { target, bringTo, over }),
    warnings: warningsOf(request, facts, overwrites),
    refusals,
  };
}

/** That of the backup, when the node has it; else the one with the most room. */
function bringStorage({ asked, one }: RestoreFacts): string | undefined {
  if (!('facts' in asked)) return undefined;
  const usable = asked.facts.storages.filter(
    ({ content, active, enabled, avail, type }) =>
      type !== 'pbs' &&
      enabled &&
      active &&
      content.split(',').includes('backup') &&
      (avail ?? 0) >= one.archive.sizeBytes,
  );
  const own = usable.find(({ storage }) => storage === one.record?.storage);
  return (own ?? usable.toSorted((a, b) => (b.avail ?? 0) - (a.avail ?? 0))[0])?.storage;
}

function overwritten(
  { known, asked, vmid }: RestoreFacts,
  guest: GuestThere,
): NonNullable<RestorePlan['overwrites']> {
  const name = nameIn(guest.config);
  const pveCluster = 'facts' in asked ? asked.facts.pveCluster : '';
  const last = archivesOf(known, { pveCluster, type: guest.type, vmid }).find(isGood);
  return {
    ...(name === undefined ? {} : { name }),
    status: guest.status ?? 'unknown',
    disks: disksOf(guest.config).map(({ key, volume, size }) =>
      onOneLine(`${key} ${volume}${size === undefined ? '' : `, ${size}`}`, 200),
    ),
    ...(last === undefined ? {} : { lastGoodBackup: new Date(last.archive.ctime * 1000).toISOString() }),
    config: guest.digest,
  };
}

/** Nobody has found it wrong where it is; that nobody looked is no proof, and counts here as it does for Proxmox. */
function isGood({ archive, record }: KnownArchive): boolean {
  const newest = new Map(
    (record?.checks ?? [])
      .filter(({ place, outcome }) => place === archive.place && outcome !== 'unavailable')
      .map((check) => [check.kind, check.outcome]),
  );
  return ![...newest.values()].includes('failed');
}

function proofWords({ archive, record }: KnownArchive): string {
  if (record === undefined) return 'Nobody has read it yet, and there is no digest to compare it with.';
  const here = record.checks.filter(({ place }) => place === archive.place);
  const test = here.findLast(({ kind, outcome }) => kind === 'restore-test' && outcome !== 'unavailable');
  const read = here.findLast(({ kind, outcome }) => kind === 'checksum' && outcome !== 'unavailable');
  const words = [
    read === undefined
      ? `Its digest was taken on ${formatUtc(new Date(record.foundAt ?? record.endedAt))}; nobody has read it there since.`
      : `It was read on ${formatUtc(new Date(read.at))}: ${read.outcome === 'passed' ? 'every byte is as it was made' : 'it is NOT as it was made'}.`,
    ...(test === undefined
      ? []
      : [
          `A restore test of it on ${formatUtc(new Date(test.at))} ${test.outcome === 'passed' ? 'passed' : 'FAILED'}: ${test.detail}`,
        ]),
  ];
  return onOneLine(words.join(' '), 1000);
}

function stagesOf(
  { start }: RestoreRequest,
  { one, node, vmid }: RestoreFacts,
  {
    target,
    bringTo,
    over,
  }: {
    readonly target: string | undefined;
    readonly bringTo: string | undefined;
    readonly over: GuestThere | undefined;
  },
): string[] {
  const size = formatBytes(one.archive.sizeBytes);
  return [
    target === undefined
      ? `Every byte of the archive (${size}) is read and ${(one.record?.files.length ?? 0) > 0 ? 'compared' : 'unpacked'} before anything is erased.`
      : `The archive (${size}) is brought from ${target} to ${bringTo ?? 'a storage'} on ${node} and compared; it is removed there again.`,
    ...(over?.status === 'running' ? [`The guest ${vmid} is stopped.`] : []),
    ...(over === undefined ? [] : [`The guest ${vmid} and its disks are erased.`]),
    `A guest is made of the archive as ${node}/${vmid}, and read back.`,
    ...(start ? ['It is started, and has to answer.'] : []),
  ];
}

/**
 * Mount points that vzdump leaves out: for a container that is all of them but those with `backup=1` (pct.conf(5)), and a
 * restore destroys every volume of the container before (pve-container 94f55852, PVE::API2::LXC, create_vm). A virtual
 * machine's disks that are in no archive stay, unused (PVE::QemuServer, restore_cleanup_oldconf).
 */
function mountsInNoBackup({ type, config }: GuestThere): string[] {
  if (type !== 'lxc') return [];
  return config.entries.flatMap(([key, value]) => {
    const [volume = '', ...options] = value.split(',');
    const isOwn = /^mp\d+$/.test(key) && !volume.startsWith('/');
    if (!isOwn || options.includes('backup=1')) return [];
    const at = options.find((option) => option.startsWith('mp='))?.slice('mp='.length);
    return [onOneLine(at === undefined ? key : `${key} (${at})`, 100)];
  });
}

function warningsOf(
  { start, unique }: RestoreRequest,
  { one, vmid, known, asked, node, guest }: RestoreFacts,
  overwrites: RestorePlan['overwrites'],
): string[] {
  const { archive, record } = one;
  const made = formatUtc(new Date(archive.ctime * 1000));
  const failedTest = record?.checks.findLast(({ kind }) => kind === 'restore-test')?.outcome === 'failed';
  const isStillThere =
    'facts' in asked &&
    asked.facts.guests.some(
      (row) => row.vmid === archive.vmid && row.vmid !== vmid && row.type === archive.type,
    );
  const isUnknown = known.manifest === undefined;
  const unsaved = overwrites === undefined || guest === undefined ? [] : mountsInNoBackup(guest);
  const isAnyones =
    archive.pveCluster === undefined && archiveOwners(known.manifest?.guests ?? []).isContested(archive);
  return [
    ...(isAnyones
      ? [
          `Whose archive it is is NOT known: several Proxmox clusters have a guest ${archive.type}/${archive.vmid}, and no record says who made it. It may be another guest's.`,
        ]
      : []),
    ...(unsaved.length === 0
      ? []
      : [
          `In NO backup is what is on ${unsaved.join(', ')} of the guest ${vmid}: it is erased too, and comes back empty at best. Copy it elsewhere first, or restore under an id that is free.`,
        ]),
    ...(overwrites === undefined
      ? []
      : [
          overwrites.lastGoodBackup === undefined
            ? `There is no good backup of what is erased: what is on it now is lost for good.`
            : `The last good backup of what is erased is of ${formatUtc(new Date(overwrites.lastGoodBackup))}: what changed since is lost for good.`,
        ]),
    ...(overwrites === undefined || guest === undefined || guest.config.snapshots === 0
      ? []
      : [
          `${formatQuantity(guest.config.snapshots, 'snapshot')} of the guest ${vmid} ${guest.config.snapshots === 1 ? 'is' : 'are'} erased with it: no backup has snapshots.`,
        ]),
    ...(overwrites !== undefined && isUnknown
      ? ['No node was asked for archives yet: there may be backups that are not known.']
      : []),
    ...(overwrites !== undefined && archive.vmid !== vmid
      ? [`The archive is of the guest ${archive.vmid}, and another one, ${vmid}, is erased for it.`]
      : []),
    ...(record === undefined || record.files.length === 0
      ? [
          `There is no digest to compare the archive of ${made} with: that it is what was backed up is not known before it is restored.`,
        ]
      : []),
    ...(failedTest ? ['A restore test of this archive failed.'] : []),
    ...(isStillThere && !unique
      ? [
          `The guest ${archive.vmid} is still there: both would have the same MAC addresses; with --unique the new one gets its own.`,
        ]
      : []),
    ...(isStillThere && start
      ? [`The guest ${archive.vmid} is still there: both may use the same addresses in ${node}'s network.`]
      : []),
  ];
}
