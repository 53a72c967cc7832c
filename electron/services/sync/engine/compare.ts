import type { SyncReason } from '../../../../shared/schemas/sync-record.ts';
import type { AgreedEntry } from './agreed-records.ts';
import type { Entry } from './entry.ts';
import { type HeldTimes, isTheSameAsHeld } from './held-times.ts';

export type Side = 'source' | 'destination';

/** What decides between two versions; the same in both directions, so that both come to the same winner. */
export interface CompareRules {
  /** Times that differ by no more are the same, milliseconds. */
  readonly precisionMs: number;
  /** Within it, bytes decide first; milliseconds. */
  readonly thresholdMs: number;
  /** Times beyond these decide nothing: by the clock of each side, milliseconds since 1970. */
  readonly future: { readonly source: number; readonly destination: number };
  /** Times that each side can keep; any other is cut to the first or last of them. */
  readonly held: { readonly source: HeldTimes; readonly destination: HeldTimes };
}

/** One name on both sides. `md5` once both files were read. */
export interface Comparison {
  readonly source: Entry;
  readonly destination: Entry;
  readonly agreed: AgreedEntry | undefined;
  readonly md5?: { readonly source: string; readonly destination: string };
}

export type Decision =
  /** Nothing is to be done. */
  | { readonly kind: 'equal'; readonly notice?: 'time-not-kept' }
  /** The destination's stays; the other direction brings it over. */
  | { readonly kind: 'destination-wins'; readonly reason: SyncReason }
  /** The files have to be read first. */
  | { readonly kind: 'read' }
  /** Same bytes: only the destination's time is set. */
  | { readonly kind: 'align' }
  | { readonly kind: 'update'; readonly reason: SyncReason; readonly conflict: boolean }
  | { readonly kind: 'notice'; readonly notice: 'future-time' | 'other-bytes' | 'special' };

/** Two files of one name whose size or time differs, or whose bytes were found to. */
export function compareFiles(comparison: Comparison, rules: CompareRules): Decision {
  const { source, destination, md5 } = comparison;
  const sameBytes = source.size === destination.size && md5 !== undefined && md5.source === md5.destination;
  const isCut = isTimeCut(comparison, rules);
  const sameTime = isCut || Math.abs(source.mtimeMs - destination.mtimeMs) <= rules.precisionMs;
  if (sameTime && source.size === destination.size) {
    // Only a scrub reads these; without one they are equal.
    if (md5 !== undefined && !sameBytes) return otherBytes(comparison);
    return isCut ? { kind: 'equal', notice: 'time-not-kept' } : { kind: 'equal' };
  }
  const future = {
    source: source.mtimeMs > rules.future.source,
    destination: destination.mtimeMs > rules.future.destination,
  };
  const near = Math.abs(source.mtimeMs - destination.mtimeMs) <= rules.thresholdMs;
  const readable = source.size === destination.size && (near || future.source || future.destination);
  if (readable && md5 === undefined) return { kind: 'read' };
  if (sameBytes) {
    // A time in the future goes away by the other direction, which sets it to this side's.
    if (future.source) return future.destination ? { kind: 'equal' } : theirs('newer');
    return { kind: 'align' };
  }
  if (future.source || future.destination) return { kind: 'notice', notice: 'future-time' };
  if (sameTime) return tie(comparison, rules);
  const reason = near ? 'newer-within-threshold' : 'newer';
  if (source.mtimeMs < destination.mtimeMs) return theirs(reason);
  return {
    kind: 'update',
    reason,
    conflict: bothChanged(comparison, rules),
  };
}

/** A time that one side cannot keep says nothing there: it is neither newer nor older than the other's. */
function isTimeCut({ source, destination }: Comparison, { held }: CompareRules): boolean {
  return (
    isTheSameAsHeld(source.mtimeMs, { mtimeMs: destination.mtimeMs, by: held.destination }) ||
    isTheSameAsHeld(destination.mtimeMs, { mtimeMs: source.mtimeMs, by: held.source })
  );
}

/** Two links with different targets, given as bytes. */
export function compareLinks(
  comparison: Comparison & { readonly targets: { readonly source: string; readonly destination: string } },
  rules: CompareRules,
): Decision {
  const { source, destination, targets } = comparison;
  if (targets.source === targets.destination) return { kind: 'equal' };
  if (source.mtimeMs > rules.future.source || destination.mtimeMs > rules.future.destination) {
    return { kind: 'notice', notice: 'future-time' };
  }
  const sameTime = Math.abs(source.mtimeMs - destination.mtimeMs) <= rules.precisionMs;
  const wins = sameTime ? targets.source > targets.destination : source.mtimeMs > destination.mtimeMs;
  return wins ? { kind: 'update', reason: 'link', conflict: bothChanged(comparison, rules) } : theirs('link');
}

/**
 * A file, a folder or a link where the other side has another of them. `newest` is the newest time of each side: of a
 * folder, of all that lies in it. `changed` is whether a side differs from what was agreed on, where that is known.
 */
export function compareKinds(
  {
    source,
    destination,
    newest,
    changed,
  }: {
    readonly source: Entry;
    readonly destination: Entry;
    readonly newest: { readonly source: number; readonly destination: number };
    readonly changed: { readonly source: boolean; readonly destination: boolean } | undefined;
  },
  rules: CompareRules,
): Decision {
  if (source.kind === 'special' || destination.kind === 'special')
    return { kind: 'notice', notice: 'special' };
  if (changed !== undefined && changed.source !== changed.destination) {
    return changed.source
      ? { kind: 'update', reason: 'changed-here-only', conflict: false }
      : theirs('changed-here-only');
  }
  if (newest.source > rules.future.source || newest.destination > rules.future.destination) {
    return { kind: 'notice', notice: 'future-time' };
  }
  const sameTime = Math.abs(newest.source - newest.destination) <= rules.precisionMs;
  const wins = sameTime
    ? rankOfKind[source.kind] > rankOfKind[destination.kind]
    : newest.source > newest.destination;
  if (!wins) return theirs('kind');
  return { kind: 'update', reason: 'kind', conflict: changed?.source === true && changed.destination };
}

/** At the same time, the one with the higher rank wins: a folder may hold many files. */
const rankOfKind = { folder: 2, file: 1, link: 0 } as const;

/** Whether a side is not what both last had. Unknown without an agreed state. */
export function hasChanged(
  side: Side,
  {
    entry,
    agreed,
    md5,
  }: { readonly entry: Entry; readonly agreed: AgreedEntry; readonly md5?: string | undefined },
  { precisionMs, held }: Pick<CompareRules, 'precisionMs' | 'held'>,
): boolean {
  if (entry.kind !== agreed.kind) return true;
  // Of a folder only that it is there: what lies in it changes its time, and is judged by itself.
  if (entry.kind === 'folder') return false;
  if (entry.kind === 'link') return md5 !== undefined && md5 !== agreed.md5;
  if (entry.size !== agreed.size) return true;
  if (Math.abs(entry.mtimeMs - agreed.mtimeMs) <= precisionMs) return false;
  // What was agreed on has the time of one of the two sides, or what the other was asked to keep.
  const other = side === 'source' ? 'destination' : 'source';
  return !(
    isTheSameAsHeld(agreed.mtimeMs, { mtimeMs: entry.mtimeMs, by: held[side] }) ||
    isTheSameAsHeld(entry.mtimeMs, { mtimeMs: agreed.mtimeMs, by: held[other] })
  );
}

function bothChanged(comparison: Comparison, rules: CompareRules): boolean {
  const changed = changedSides(comparison, rules);
  return changed !== undefined && changed.source && changed.destination;
}

function changedSides(
  { source, destination, agreed, md5 }: Comparison,
  rules: CompareRules,
): Record<Side, boolean> | undefined {
  if (agreed === undefined) return undefined;
  return {
    source: hasChanged('source', { entry: source, agreed, md5: md5?.source }, rules),
    destination: hasChanged('destination', { entry: destination, agreed, md5: md5?.destination }, rules),
  };
}

/** The same time and not the same file: nothing says which is newer, so the same rule on both sides has to. */
function tie(comparison: Comparison, rules: CompareRules): Decision {
  const { source, destination, md5 } = comparison;
  const changed = changedSides(comparison, rules);
  if (changed !== undefined && changed.source !== changed.destination) {
    return changed.source
      ? { kind: 'update', reason: 'changed-here-only', conflict: false }
      : theirs('changed-here-only');
  }
  const wins =
    source.size === destination.size
      ? (md5?.source ?? '') > (md5?.destination ?? '')
      : source.size > destination.size;
  return wins ? { kind: 'update', reason: 'tie', conflict: true } : theirs('tie');
}

/** Size and time say the same, the bytes do not: one side was damaged, or changed behind its time's back. */
function otherBytes({ source, agreed, md5 }: Comparison): Decision {
  if (agreed?.md5 !== undefined && agreed.size === source.size && md5 !== undefined) {
    if (md5.source === agreed.md5) return { kind: 'update', reason: 'matches-agreed', conflict: false };
    if (md5.destination === agreed.md5) return theirs('matches-agreed');
  }
  return { kind: 'notice', notice: 'other-bytes' };
}

/** The destination's stays, for the reason for which the other direction takes it. */
function theirs(reason: SyncReason): Decision {
  return { kind: 'destination-wins', reason };
}
