import { periodWords } from '../../../../shared/retention-periods.ts';
import type { RetentionVerdict } from '../../../../shared/retention-marks.ts';
import type { Keep } from '../../../../shared/schemas/backup-policy.ts';
import type { RetentionRule } from '../../../../shared/schemas/retention.ts';
import type { KeepDecision } from './keep-of-guest.ts';

export interface Grounds {
  readonly verdict: RetentionVerdict;
  readonly keep: KeepDecision;
  /** The archive that is kept instead, or that came in its stead. */
  readonly by: string | undefined;
  /** What makes its state unknown. */
  readonly unknown: string | undefined;
  /** All archives at the place. */
  readonly count: number;
  readonly maximumShare: number;
}

/** What a rule stands on, in words. */
export function whyOf(grounds: Grounds): string {
  return words[grounds.verdict.rule](grounds);
}

const newestOf = ({ verdict: { period } }: Grounds) =>
  period === undefined
    ? 'the newest of its time'
    : `the newest of ${periodWords(period.kind, period.number)}`;

const words: Readonly<Record<RetentionRule, (grounds: Grounds) => string>> = {
  'keep-all': ({ keep }) => (keep.keep === 'all' ? keep.why : `the rule ${keep.rule} keeps everything`),
  'keep-last': ({ verdict: { place = 1 }, keep }) =>
    keep.keep === 'all' ? `number ${place} of the newest` : `number ${place} of the newest ${keep.keep.last}`,
  'keep-hourly': newestOf,
  'keep-daily': newestOf,
  'keep-weekly': newestOf,
  'keep-monthly': newestOf,
  'keep-yearly': newestOf,
  protected: () => 'it is protected',
  renamed: () => 'its name is none that a backup gives, so nobody but its owner knows what it is',
  'last-good': () => 'the newest good archive of its guest here',
  'replacement-unverified': ({ by = 'another archive' }) => `${by} is kept in its stead and is not verified`,
  'maximum-share': ({ count, maximumShare }) =>
    `of ${count} archives here one run removes at most ${Math.floor(count * maximumShare + 1e-6)}, the oldest first`,
  'unknown-state': ({ unknown }) => unknown ?? 'it was listed twice',
  'not-kept': (grounds) => {
    const { by, keep, verdict } = grounds;
    if (by !== undefined)
      return verdict.period === undefined ? `${by} is of the same second` : `${by} is ${newestOf(grounds)}`;
    return keep.keep === 'all' ? 'nothing keeps it' : `the rule ${keep.rule} keeps ${keepWords(keep.keep)}`;
  },
};

/** `last 3, daily 7`. */
function keepWords(keep: Keep): string {
  return Object.entries(keep)
    .filter(([, count]) => count > 0)
    .map(([option, count]) => `${option} ${count}`)
    .join(', ');
}
