import { Problem } from '../../../../shared/problem.ts';
import { onOneLine } from '../../lab/plain-text.ts';

const nothingChanged = 'Nothing was changed.';

/** Who has the lock, as far as is known; all of it comes from outside. */
export interface LockHolder {
  readonly name: string;
  /** RFC 3339. */
  readonly since?: string | undefined;
}

/** `next` says when it will be free, or what to do if the holder is gone. */
export function lockTaken(pair: string, holder: LockHolder | undefined, next: string): Problem {
  const since = holder?.since === undefined ? '' : `, since ${onOneLine(holder.since, 40)}`;
  const who = holder ? `${onOneLine(holder.name, 320)}${since}` : 'another run, which has only just begun';
  return new Problem('SYNC_LOCK_TAKEN', {
    what: `Pair “${pair}” is being synced by ${who}.`,
    state: nothingChanged,
    next,
  });
}

export function lockUnavailable(
  { what, next }: { readonly what: string; readonly next: string },
  cause?: unknown,
): Problem {
  return new Problem('SYNC_LOCK_UNAVAILABLE', { what, state: nothingChanged, next }, { cause });
}

export function lockLost(pair: string, what: string): Problem {
  return new Problem('SYNC_LOCK_LOST', {
    what: `The lock of pair “${pair}” was lost: ${what}`,
    state: 'The run stops before its next change. What it has changed so far stands in its record.',
    next: 'See what else syncs this pair, then run it again.',
  });
}
