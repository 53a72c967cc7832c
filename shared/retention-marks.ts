import { type PeriodKind, periodKinds, periodOf } from './retention-periods.ts';
import type { Keep } from './schemas/backup-policy.ts';
import type { RetentionMark, RetentionRule } from './schemas/retention.ts';

/** What is decided about one archive, and what that stands on. */
export interface RetentionVerdict {
  readonly mark: RetentionMark;
  readonly rule: RetentionRule;
  /** The period that it is, or another one of the same is, the newest of. */
  readonly period?: { readonly kind: PeriodKind; readonly number: number };
  /** Of `keep-last`: which one from the newest, from 1. */
  readonly place?: number;
  /** In the list that was given: the archive that is kept instead of this one. */
  readonly by?: number;
}

export interface MarkedRow {
  readonly ctime: number;
  readonly protected?: boolean | undefined;
}

/**
 * Proxmox's decision about the archives of one guest, exactly (pve-storage 0c56bad8, PVE::Storage::prune_mark_backup_group and
 * the function $prune_mark before it). The options are gone through in the order last, hourly, daily, weekly, monthly,
 * yearly. Each goes through the archives from the newest; a period of which an earlier option keeps one is skipped and not
 * counted; of every further period the newest is kept and all others of it are marked to be removed, for later options too,
 * until as many periods as the option says are kept. What is protected counts for nothing. What no option has marked in the
 * end is removed. With all options 0 everything is kept.
 *
 * `keep-last` has the time itself for its period: of two archives of the same second the second one is removed.
 *
 * @param order positions in `rows` and `verdicts`, the newest first
 * @param verdicts where the decisions are put
 */
export function markGroup(
  rows: readonly MarkedRow[],
  order: readonly number[],
  keep: Keep,
  local: (ctime: number) => number,
  verdicts: (RetentionVerdict | undefined)[],
): void {
  const counts = [keep.last, ...periodKinds.map((kind) => keep[kind])];
  const isKeepingAll = counts.every((count) => count <= 0);
  for (const index of order) {
    if (rows[index]?.protected === true) verdicts[index] = { mark: 'protected', rule: 'protected' };
    else if (isKeepingAll) verdicts[index] = { mark: 'keep', rule: 'keep-all' };
  }
  if (isKeepingAll) return;

  const ctimes = order.map((index) => rows[index]?.ctime ?? 0);
  // Most options are through before they come to the oldest.
  const localTimes: number[] = [];
  const localTime = (at: number) => (localTimes[at] ??= local(ctimes[at] ?? 0));
  markOption(
    order,
    (at) => ctimes[at] ?? 0,
    keep.last,
    verdicts,
    (_period, place) => ({
      mark: 'keep',
      rule: 'keep-last',
      place,
    }),
  );
  for (const kind of periodKinds) {
    const period = (at: number) => periodOf[kind](localTime(at));
    markOption(order, period, keep[kind], verdicts, (number) => ({
      mark: 'keep',
      rule: `keep-${kind}`,
      period: { kind, number },
    }));
  }
  for (const index of order) verdicts[index] ??= { mark: 'remove', rule: 'not-kept' };
}

/** `periodAt`: of the archive at a place in `order`. */
function markOption(
  order: readonly number[],
  periodAt: (at: number) => number,
  count: number,
  verdicts: (RetentionVerdict | undefined)[],
  kept: (period: number, place: number) => RetentionVerdict,
): void {
  if (count <= 0) return;
  const already = new Set<number>();
  for (const [at, index] of order.entries()) if (verdicts[index]?.mark === 'keep') already.add(periodAt(at));
  const newly = new Map<number, number>();
  for (const [at, index] of order.entries()) {
    if (verdicts[index] !== undefined) continue;
    const period = periodAt(at);
    if (already.has(period)) continue;
    const by = newly.get(period);
    if (by === undefined) {
      if (newly.size >= count) return;
      newly.set(period, index);
      verdicts[index] = kept(period, newly.size);
    } else {
      const { period: of } = kept(period, 0);
      verdicts[index] = { mark: 'remove', rule: 'not-kept', by, ...(of === undefined ? {} : { period: of }) };
    }
  }
}
