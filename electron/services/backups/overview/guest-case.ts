import { hasMadeSize } from '../records/has-made-size.ts';
import { isPruned } from '../records/is-pruned.ts';
import type { Guest } from '../../../../shared/schemas/backup-manifest.ts';
import type { BackupRule } from '../../../../shared/schemas/backup-policy.ts';
import type { BackupCheck } from '../../../../shared/schemas/backup-record.ts';
import type { BackupsOfGuest, StoredBackup } from './guest-backups.ts';
import { type OverviewFacts, toleratedSkewMs, usualWindowHours } from './overview-facts.ts';
import { archiveIdOf, type SeenPlaces } from './seen-places.ts';

/** Whether an archive is where a record, or the discovery, says. `unseen`: nobody could look there. */
export type Presence = 'there' | 'gone' | 'differs' | 'unseen';

/** One place that should have a backup. */
export interface PlacedBackup {
  readonly place: string;
  readonly id: string;
  readonly presence: Presence;
  /** As it was found, when that is another size than was made. */
  readonly foundBytes?: number;
}

/** One guest with all that its row is worked out from. */
export interface GuestCase {
  readonly facts: OverviewFacts;
  readonly guest: Guest;
  readonly address: string;
  readonly rule: BackupRule | undefined;
  readonly windowMs: number;
  readonly now: number;
  readonly seen: SeenPlaces;
  readonly stored: BackupsOfGuest;
  /** The newest one that is not of the future, whole or not. */
  readonly current: StoredBackup | undefined;
  /** The newest one of which nobody knows that it is gone, changed or corrupt. */
  readonly lastGood: StoredBackup | undefined;
  readonly placed: (backup: StoredBackup) => readonly PlacedBackup[];
  /** A moment in words, by the clocks of the policy. */
  readonly when: (at: number | string) => string;
}

export interface CaseParts {
  readonly facts: OverviewFacts;
  readonly guest: Guest;
  readonly rule: BackupRule | undefined;
  readonly seen: SeenPlaces;
  readonly stored: BackupsOfGuest;
  readonly when: (at: number | string) => string;
}

export function guestCase({ facts, guest, rule, seen, stored, when }: CaseParts): GuestCase {
  const now = facts.now.getTime();
  const manifestAt = facts.manifest === undefined ? undefined : Date.parse(facts.manifest.at);
  const known = new Map<StoredBackup, readonly PlacedBackup[]>();
  const placed = (backup: StoredBackup) => {
    const before = known.get(backup);
    if (before !== undefined) return before;
    const places = placesOf(backup, seen, manifestAt);
    known.set(backup, places);
    return places;
  };
  const past = stored.backups.filter((backup) => !isOfTheFuture(backup, now));
  return {
    facts,
    guest,
    address: `${guest.node}/${guest.vmid}`,
    rule,
    windowMs: (rule?.windowHours ?? usualWindowHours) * 3_600_000,
    now,
    seen,
    stored,
    current: past[0],
    lastGood: past.find((backup) => isStanding(backup, placed(backup))),
    placed,
    when,
  };
}

export function isOfTheFuture({ at, archives }: StoredBackup, now: number): boolean {
  return at > now + toleratedSkewMs || [...archives.values()].some(({ fromTheFuture }) => fromTheFuture);
}

function isStanding(backup: StoredBackup, places: readonly PlacedBackup[]): boolean {
  const failed = new Set(failedChecks(backup).map(({ place }) => place));
  return places.some(
    ({ place, presence }) => (presence === 'there' || presence === 'unseen') && !failed.has(place),
  );
}

/** By place: where it was made, unless it was pruned there, each target that has its copy, and wherever else it was found. */
function placesOf(
  { record, archives }: StoredBackup,
  seen: SeenPlaces,
  manifestAt: number | undefined,
): PlacedBackup[] {
  const wanted = new Map<string, { place: string; since: number }>();
  if (record !== undefined) {
    const id = archiveIdOf(record);
    if (id !== undefined && record.place !== undefined && !isPruned(record))
      wanted.set(id, { place: record.place, since: Date.parse(record.endedAt) });
    for (const { target, state, at, ...copy } of record.copies) {
      const place = `target:${target}`;
      if (state === 'verified' && !isPruned(copy))
        wanted.set(`${place}#${record.archive}`, { place, since: Date.parse(at ?? record.endedAt) });
    }
  }
  for (const [id, { place }] of archives) if (!wanted.has(id)) wanted.set(id, { place, since: 0 });
  return [...wanted].map(([id, { place, since }]): PlacedBackup => {
    const found = archives.get(id);
    if (found !== undefined) {
      const differs = record !== undefined && !hasMadeSize(found, record);
      return differs
        ? { place, id, presence: 'differs', foundBytes: found.sizeBytes }
        : // What was carried over from an earlier discovery was not seen by this one.
          { place, id, presence: found.seenAt === undefined ? 'there' : 'unseen' };
    }
    // What was made after the discovery was read back by the run that made it.
    if (manifestAt !== undefined && since > manifestAt) return { place, id, presence: 'there' };
    return { place, id, presence: seen.view(place).state === 'listed' ? 'gone' : 'unseen' };
  });
}

/** The newest look of each kind at each place, where it found something wrong. A tool that was not there proves nothing. */
export function failedChecks({ record }: StoredBackup): BackupCheck[] {
  const newest = new Map<string, BackupCheck>();
  for (const check of record?.checks ?? []) {
    if (check.outcome === 'unavailable' || check.kind === 'restore-test') continue;
    const key = `${check.kind} ${check.place}`;
    const before = newest.get(key);
    if (before === undefined || Date.parse(before.at) <= Date.parse(check.at)) newest.set(key, check);
  }
  return [...newest.values()].filter(({ outcome }) => outcome === 'failed');
}
