import { type PolicyForGuest, policyFor } from '../../../../shared/backup-rules.ts';
import { lastDue, nextRun } from '../../../../shared/backup-schedule.ts';
import type { Coverage, CoverageReason, CoverageState } from '../../../../shared/schemas/backup-overview.ts';
import type { Guest } from '../../../../shared/schemas/backup-manifest.ts';
import type { BackupRule } from '../../../../shared/schemas/backup-policy.ts';
import { type LocalTime, localDay, zonedTime } from '../../../../shared/zoned-time.ts';
import { archiveReasons } from './archive-reasons.ts';
import { type Calendar, calendarOf, gapsBetween, guestDays } from './calendar.ts';
import { copiesView } from './copy-reasons.ts';
import { type BackupIndex, type BackupsOfGuest, keyText } from './guest-backups.ts';
import { type GuestCase, guestCase } from './guest-case.ts';
import { nextPrunes } from './next-prunes.ts';
import type { OverviewFacts } from './overview-facts.ts';
import { checksumView, newestRestoreTest, proofReasons } from './proof-reasons.ts';
import { worstFirst } from './reason-states.ts';
import { runReasons } from './run-reasons.ts';
import { type SeenPlaces, seenPlaces } from './seen-places.ts';
import { worldReasons } from './world-reasons.ts';

const shownSizes = 30;

/**
 * Guest by guest, whether it could be restored tonight, the worst first. Pure: from files of the lab and the clock alone.
 *
 * A row is `good` only when nothing at all is wrong or unknown: its last good backup is within the rule's window, lies where
 * the newest discovery saw it with the size that was made (or was read back by a run since), its digest is known, each copy
 * that the policy wants was compared, and the restore test that it wants passed in time.
 */
export function coverage(facts: OverviewFacts, guests: readonly Guest[], index: BackupIndex): Coverage[] {
  const zone = zonedTime(facts.policy?.timezone ?? 'UTC');
  const now = facts.now.getTime();
  const shared: SharedFacts = {
    facts,
    seen: seenPlaces(facts.manifest),
    calendar: calendarOf(now, (at) => localDay(zone, at)),
    when: (at) => timeWords(zone.local(typeof at === 'string' ? Date.parse(at) : at)),
    nextRuns: new Map(),
    lastDues: new Map(),
    prunes: nextPrunes(facts, index),
  };
  return guests
    .map((guest) => row(shared, guest, index.of(guest)))
    .toSorted(
      (a, b) =>
        worstFirst(a.state, b.state) ||
        a.guest.node.localeCompare(b.guest.node) ||
        a.guest.vmid - b.guest.vmid,
    );
}

/** What all rows share, so that it is worked out once. */
interface SharedFacts {
  readonly facts: OverviewFacts;
  readonly seen: SeenPlaces;
  readonly calendar: Calendar;
  readonly when: (at: number | string) => string;
  /** By the rule's name. */
  readonly nextRuns: Map<string, string>;
  /** Likewise, in milliseconds since 1970: the last time that it was due. */
  readonly lastDues: Map<string, number>;
  /** By the guest's key. */
  readonly prunes: ReturnType<typeof nextPrunes>;
}

function row(shared: SharedFacts, guest: Guest, stored: BackupsOfGuest): Coverage {
  const { facts, seen, when, calendar } = shared;
  const policy = policyOf(facts, guest, stored);
  const rule = policy.kind === 'rule' ? policy.rule : undefined;
  const one = guestCase({ facts, guest, rule, seen, stored, when });
  const copies = copiesView(one);
  const reasons = [
    ...archiveReasons(one),
    ...runReasons(one),
    ...copies.reasons,
    ...proofReasons(one),
    ...worldReasons(one),
  ].toSorted((a, b) => worstFirst(a.state, b.state));
  const { current, lastGood } = one;
  const nextRunAt = nextRunOf(shared, rule);
  const test = newestRestoreTest(one);
  const [lastArchive] = current === undefined ? [] : one.placed(current).map(({ id }) => id);
  return {
    // A node that is off tells no names; the last run knew it.
    guest: guest.name === undefined ? { ...guest, name: stored.records[0]?.guest.name } : guest,
    ...(policy.kind === 'excluded'
      ? { state: 'excluded' as const, reasons: [] }
      : { state: stateOf(reasons), reasons: withoutRepeats(reasons) }),
    ...(rule === undefined ? {} : { rule: rule.name, windowHours: rule.windowHours }),
    ...(lastGood === undefined ? {} : { lastGoodAt: new Date(lastGood.at).toISOString() }),
    lastArchive,
    sizes: sizesOf(one),
    ...held(stored),
    offsite: copies.offsite,
    ...checksumView(current),
    ...(test === undefined
      ? {}
      : { restoreTest: { at: test.at, passed: test.outcome === 'passed', detail: test.detail } }),
    nextRunAt,
    isDue: isDue(shared, rule, stored),
    nextPrune: nextPruneOf(shared, guest),
    days: guestDays(calendar, stored, rule, one.now),
    gaps: gapsBetween(stored.backups, one.windowMs, one.now),
  };
}

/** A guest whose node is silent tells no tags: the rule of its last run is the one that it had. */
function policyOf(facts: OverviewFacts, guest: Guest, { records }: BackupsOfGuest): PolicyForGuest {
  if (facts.policy === undefined) return { kind: 'none' };
  const found = policyFor(facts.policy, guest);
  if (found.kind !== 'none' || guest.source !== 'other-node') return found;
  const rule = facts.policy.rules.find(({ name }) => name === records[0]?.rule);
  return rule === undefined ? found : { kind: 'rule', rule };
}

/** The worst of what there is to say; with nothing to say it is good. */
function stateOf(reasons: readonly CoverageReason[]): CoverageState {
  return reasons[0]?.state ?? 'good';
}

function withoutRepeats(reasons: readonly CoverageReason[]): CoverageReason[] {
  const said = new Set<string>();
  return reasons.filter(({ code, what }) => {
    const text = `${code} ${what}`;
    if (said.has(text)) return false;
    said.add(text);
    return true;
  });
}

function nextRunOf({ facts, nextRuns }: SharedFacts, rule: BackupRule | undefined): string | undefined {
  if (rule?.schedule === undefined || facts.policy === undefined) return undefined;
  const known = nextRuns.get(rule.name);
  if (known !== undefined) return known;
  const at = nextRun(rule.schedule, facts.policy.timezone, facts.now).toISOString();
  nextRuns.set(rule.name, at);
  return at;
}

/** As the plan of those that are due decides it. */
function isDue(
  { facts: { policy, now }, lastDues }: SharedFacts,
  rule: BackupRule | undefined,
  { records }: BackupsOfGuest,
): boolean {
  if (rule?.schedule === undefined || policy === undefined) return false;
  const dueAt = lastDues.get(rule.name) ?? lastDue(rule.schedule, policy.timezone, now).getTime();
  lastDues.set(rule.name, dueAt);
  const last = records.find(({ outcome }) => outcome === 'made');
  return last === undefined || Date.parse(last.startedAt) < dueAt;
}

function nextPruneOf({ prunes }: SharedFacts, guest: Guest): Coverage['nextPrune'] {
  const found = prunes.get(keyText(guest));
  if (found === undefined) return undefined;
  const { archive, rule, why, count } = found;
  return { archive, rule, why, count };
}

function sizesOf({ stored, now }: GuestCase): Coverage['sizes'] {
  return stored.backups
    .filter(({ at }) => at <= now)
    .slice(0, shownSizes)
    .flatMap(({ at, sizeBytes }) =>
      sizeBytes === undefined ? [] : [{ at: new Date(at).toISOString(), bytes: sizeBytes }],
    )
    .toReversed();
}

function held({ backups }: BackupsOfGuest): Pick<Coverage, 'archives' | 'bytes'> {
  let archives = 0;
  let bytes = 0;
  for (const backup of backups)
    for (const { sizeBytes } of backup.archives.values()) {
      archives += 1;
      bytes += sizeBytes;
    }
  return { archives, bytes };
}

/** `2026-11-20 14:00`, as the clocks of the policy show it. */
function timeWords({ year, month, day, hour, minute }: LocalTime): string {
  const [ofMonth, ofYear, hours, minutes] = [day, month, hour, minute].map((part) =>
    String(part).padStart(2, '0'),
  );
  return `${year}-${ofYear}-${ofMonth} ${hours}:${minutes}`;
}
