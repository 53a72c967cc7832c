import { hasStandardName } from './archive-name.ts';
import { markGroup, type RetentionVerdict } from './retention-marks.ts';
import { localClock } from './retention-periods.ts';
import { addSafety, type ArchiveState } from './retention-safety.ts';
import type { GuestType } from './schemas/backup-names.ts';
import type { Keep } from './schemas/backup-policy.ts';

/** One archive, as it is decided about. */
export interface RetentionArchive {
  /** The name Proxmox knows it by, `nas:backup/vzdump-….vma.zst`, or another that no other archive there has. */
  readonly volid: string;
  readonly type: GuestType;
  readonly vmid: number;
  /** Seconds since 1970. */
  readonly ctime: number;
  readonly protected?: boolean | undefined;
  /** Whether its name is outside the schema; seen by `volid` unless told. */
  readonly renamed?: boolean | undefined;
  /** What the guests of several Proxmox clusters are told apart by, where they share a place. */
  readonly pveCluster?: string | undefined;
  /** `taken-for-good` unless told. */
  readonly state?: ArchiveState | undefined;
}

export interface RetentionSettings<Archive extends RetentionArchive = RetentionArchive> {
  /** How many to keep: of all guests, or of the guest that an archive is of. */
  readonly keep: Keep | ((archive: Archive) => Keep);
  /** An IANA time zone: the clocks that hours, days, weeks, months and years are those of. */
  readonly timezone: string;
  /** Sifaka's added safety; without it the decision is Proxmox's alone. */
  readonly safety?: { readonly maximumShare: number };
}

/**
 * What to do with each archive of one place, in the order that they were given: Proxmox's own decision (pve-storage 0c56bad8,
 * PVE::Storage::Plugin::prune_backups, whose rules stand in retention-marks.ts), and then what Sifaka's safety keeps all the
 * same (retention-safety.ts). An archive with another name than the schema's belongs to no group, and is never removed nor
 * counted.
 *
 * The order of the list changes nothing. Where Proxmox would take archives of the same second as they come from its list,
 * that order counts which its list has: by their names, and the first one is the one that is kept.
 *
 * RangeError for a time zone that is not known.
 */
export function planRetention<Archive extends RetentionArchive>(
  archives: readonly Archive[],
  { keep, timezone, safety }: RetentionSettings<Archive>,
): RetentionVerdict[] {
  const verdicts: (RetentionVerdict | undefined)[] = archives.map(() => undefined);
  const newestFirst = byAge(archives);
  const groups = groupsOf(archives, verdicts).map((members) => members.toSorted(newestFirst));
  const local = localClock(timezone);
  for (const members of groups) {
    const [first] = members;
    const archive = archives[first ?? -1];
    if (archive === undefined) continue;
    markGroup(archives, members, typeof keep === 'function' ? keep(archive) : keep, local, verdicts);
  }
  if (safety !== undefined) {
    const guarded = archives.map(({ volid, state = 'taken-for-good' }) => ({ volid, state }));
    addSafety(guarded, groups, newestFirst, verdicts, safety.maximumShare);
  }
  return verdicts.filter((verdict) => verdict !== undefined);
}

/** Positions of the archives of each guest; those that belong to none get their verdicts. */
function groupsOf(
  archives: readonly RetentionArchive[],
  verdicts: (RetentionVerdict | undefined)[],
): number[][] {
  const groups = new Map<string, number[]>();
  for (const [index, archive] of archives.entries()) {
    if (archive.renamed ?? !hasStandardName(archive.volid)) {
      const what = archive.protected === true ? 'protected' : 'renamed';
      verdicts[index] = { mark: what, rule: what };
      continue;
    }
    const group = `${archive.pveCluster ?? ''}\n${archive.type}/${archive.vmid}`;
    const members = groups.get(group);
    if (members === undefined) groups.set(group, [index]);
    else members.push(index);
  }
  return [...groups.values()];
}

/** Compares positions: the newest first, and of one second the first by name. */
function byAge(archives: readonly RetentionArchive[]): (one: number, other: number) => number {
  const ctimes = archives.map(({ ctime }) => ctime);
  const volid = (index: number) => archives[index]?.volid ?? '';
  return (one, other) => {
    const later = (ctimes[other] ?? 0) - (ctimes[one] ?? 0);
    if (later !== 0) return later;
    if (volid(one) === volid(other)) return 0;
    return volid(one) < volid(other) ? -1 : 1;
  };
}
