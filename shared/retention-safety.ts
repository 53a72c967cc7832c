import type { RetentionVerdict } from './retention-marks.ts';

/**
 * What is known of an archive. `good`: it was read and found right. `taken-for-good`: nobody asks (a list without such
 * knowledge). `unverified`: nobody has read it, or it was found wrong. `unknown`: not even that it is an archive of then (one
 * that is cut off, of another size than was written, or from the future).
 */
export type ArchiveState = 'good' | 'taken-for-good' | 'unverified' | 'unknown';

export interface GuardedRow {
  readonly volid: string;
  readonly state: ArchiveState;
}

/**
 * Sifaka's added safety. It only ever keeps what Proxmox's rules would remove:
 *
 * - `unknown-state`: what nobody can tell the state of;
 * - `last-good`: the newest good archive of a guest;
 * - `replacement-unverified`: an archive whose next newer kept one is not good, and all of a guest while the newest kept one
 *   is not: it came in their stead;
 * - `maximum-share`: at most this share of all archives of the place is removed in one run, the oldest first.
 *
 * @param groups positions in `rows` and `verdicts`: one guest each, the newest first
 * @param newestFirst compares two positions
 */
export function addSafety(
  rows: readonly GuardedRow[],
  groups: readonly (readonly number[])[],
  newestFirst: (one: number, other: number) => number,
  verdicts: (RetentionVerdict | undefined)[],
  maximumShare: number,
): void {
  const isKeptTwice = keptUnderTheSameName(rows, verdicts);
  for (const group of groups) holdGroup(rows, group, verdicts, isKeptTwice);
  // A share such as 0.29 of 100 comes out a hair below the whole number that it is.
  const allowed = Math.floor(rows.length * maximumShare + 1e-6);
  const removals = removalsIn(verdicts);
  if (removals.length <= allowed) return;
  for (const index of removals.toSorted(newestFirst).slice(0, removals.length - allowed))
    verdicts[index] = { mark: 'keep', rule: 'maximum-share' };
  // Of two with one name it is not known which would go.
  const isHeldTwice = keptUnderTheSameName(rows, verdicts);
  for (const index of removalsIn(verdicts))
    if (isHeldTwice(index)) verdicts[index] = { mark: 'keep', rule: 'maximum-share' };
}

function holdGroup(
  rows: readonly GuardedRow[],
  group: readonly number[],
  verdicts: (RetentionVerdict | undefined)[],
  isKeptTwice: (index: number) => boolean,
): void {
  const lastGood =
    group.find((index) => rows[index]?.state === 'good') ??
    group.find((index) => rows[index]?.state === 'taken-for-good');
  const isGood = (index: number | undefined) =>
    index !== undefined && (rows[index]?.state === 'good' || rows[index]?.state === 'taken-for-good');
  const newest = group.find((index) => verdicts[index]?.mark === 'keep');
  let replacement: number | undefined;
  for (const index of group) {
    const verdict = verdicts[index];
    if (verdict?.mark === 'keep') replacement = index;
    if (verdict?.mark !== 'remove') continue;
    if (rows[index]?.state === 'unknown' || isKeptTwice(index))
      verdicts[index] = { mark: 'keep', rule: 'unknown-state' };
    else if (index === lastGood) verdicts[index] = { mark: 'keep', rule: 'last-good' };
    else {
      const doubtful = [replacement, newest].find((one) => !isGood(one));
      if (!isGood(replacement) || !isGood(newest))
        verdicts[index] = {
          mark: 'keep',
          rule: 'replacement-unverified',
          ...(doubtful === undefined ? {} : { by: doubtful }),
        };
    }
  }
}

/** A list that has one archive twice says two things of it; then it stays. */
function keptUnderTheSameName(
  rows: readonly GuardedRow[],
  verdicts: readonly (RetentionVerdict | undefined)[],
): (index: number) => boolean {
  const kept = new Set<string>();
  for (const [index, { volid }] of rows.entries()) if (verdicts[index]?.mark !== 'remove') kept.add(volid);
  return (index) => kept.has(rows[index]?.volid ?? '');
}

function removalsIn(verdicts: readonly (RetentionVerdict | undefined)[]): number[] {
  const found: number[] = [];
  for (const [index, verdict] of verdicts.entries()) if (verdict?.mark === 'remove') found.push(index);
  return found;
}
