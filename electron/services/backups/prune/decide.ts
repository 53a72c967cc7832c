import { planRetention, type RetentionArchive } from '../../../../shared/retention.ts';
import type { Archive, Guest } from '../../../../shared/schemas/backup-manifest.ts';
import type { PlannedArchive } from '../../../../shared/schemas/backup-plans.ts';
import type { BackupPolicy, Keep } from '../../../../shared/schemas/backup-policy.ts';
import type { BackupRecord } from '../../../../shared/schemas/backup-record.ts';
import { archiveOwners } from '../archives/archive-owner.ts';
import { type KnownArchive, recordsByArchive, stateOfArchive } from './archive-state.ts';
import { type KeepDecision, keepOfGuest } from './keep-of-guest.ts';
import { whyOf } from './why.ts';

export interface PruneFacts {
  /** Of whole places: what a rule keeps depends on all that is there. */
  readonly archives: readonly Archive[];
  readonly guests: readonly Guest[];
  readonly records: readonly BackupRecord[];
  readonly policy: BackupPolicy;
  /** Whose archives may be removed; of all guests unless told. */
  readonly isAskedFor?: ((archive: Archive) => boolean) | undefined;
}

/**
 * What a prune would do with each archive, place by place, and why: nothing is asked and nothing is changed. Pure, and the
 * same for the same facts in any order.
 */
export function decideArchives({
  archives,
  guests,
  records,
  policy,
  isAskedFor,
}: PruneFacts): PlannedArchive[] {
  const recordOf = recordsByArchive(records);
  const owners = archiveOwners(guests);
  const places = new Map<string, Archive[]>();
  const owned = archives.map((archive) => owners.withOwner(archive, recordOf.get(archive.id)));
  for (const archive of owned.toSorted(byName)) {
    const there = places.get(archive.place);
    if (there === undefined) places.set(archive.place, [archive]);
    else there.push(archive);
  }
  const keeps = new Map<string, KeepDecision>();
  const keepOf = (archive: Archive): KeepDecision => {
    const key = `${archive.place}\n${archive.pveCluster ?? ''}\n${archive.type}/${archive.vmid}`;
    const known = keeps.get(key);
    if (known !== undefined) return known;
    const decided: KeepDecision =
      isAskedFor === undefined || isAskedFor(archive)
        ? keepOfGuest(archive, guests, policy)
        : { keep: 'all', why: 'this prune is about other guests' };
    keeps.set(key, decided);
    return decided;
  };
  return [...places.values()].flatMap((there) =>
    decidePlace(
      there.map((archive) => ({
        archive,
        keep: keepOf(archive),
        known: stateOfArchive(archive, recordOf.get(archive.id)),
      })),
      policy,
    ),
  );
}

interface Judged {
  readonly archive: Archive;
  readonly keep: KeepDecision;
  readonly known: KnownArchive;
}

const everything: Keep = { last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 };

function decidePlace(judged: readonly Judged[], { timezone, safety }: BackupPolicy): PlannedArchive[] {
  const rows = judged.map((one) => ({ ...rowOf(one), keep: one.keep }));
  const verdicts = planRetention(rows, {
    keep: ({ keep }) => (keep.keep === 'all' ? everything : keep.keep),
    timezone,
    safety,
  });
  return judged.map(({ archive, keep, known }, index) => {
    const { id, place, name, volid, node, type, vmid, ctime, sizeBytes, partial } = archive;
    const found = verdicts[index];
    if (found === undefined) throw new Error('every archive gets a verdict');
    // What is cut off is no archive, whatever its name: it is shown as what it is, and whoever left it takes it away.
    const verdict = partial ? { mark: 'keep' as const, rule: 'unknown-state' as const } : found;
    const why = whyOf({
      verdict,
      keep,
      by: verdict.by === undefined ? undefined : judged[verdict.by]?.archive.name,
      unknown: known.why,
      count: judged.length,
      maximumShare: safety.maximumShare,
    });
    const { mark, rule } = verdict;
    return {
      id,
      place,
      name,
      ctime,
      sizeBytes,
      mark,
      rule,
      why,
      ...(volid === undefined ? {} : { volid }),
      ...(node === undefined ? {} : { node }),
      ...(type === undefined ? {} : { type }),
      ...(vmid === undefined ? {} : { vmid }),
    };
  });
}

function rowOf({ archive, known }: Judged): RetentionArchive {
  const { name, type, vmid, ctime, pveCluster, standardName, partial } = archive;
  return {
    volid: name,
    type: type ?? 'qemu',
    vmid: vmid ?? 0,
    ctime,
    protected: archive.protected,
    // Neither is counted, and neither is removed.
    renamed: !standardName || partial || type === undefined || vmid === undefined,
    pveCluster,
    state: known.state,
  };
}

/** By place and guest, the newest first. */
function byName(one: Archive, other: Archive): number {
  if (groupKey(one) !== groupKey(other)) return groupKey(one) < groupKey(other) ? -1 : 1;
  if (one.ctime !== other.ctime) return other.ctime - one.ctime;
  return one.name < other.name ? -1 : 1;
}

function groupKey({ place, pveCluster, type, vmid }: Archive): string {
  return `${place}\n${pveCluster ?? ''}\n${type ?? '~'}\n${String(vmid ?? 0).padStart(9, '0')}`;
}
