import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Problem } from '../../shared/problem.ts';
import type { Clock } from '../services/clock.ts';

const lifetimeMilliseconds = 10 * 60 * 1000;
/** More than a person reviews at once; the oldest of a session gives way. */
const outstandingPerSession = 32;

interface Entry {
  readonly tokenDigest: Buffer;
  readonly sessionId: string;
  readonly planDigest: string;
  readonly expiresAt: number;
  used: boolean;
}

/** Single-use permissions for one plan, in one session, for ten minutes. */
export interface Confirmations {
  issue(request: { sessionId: string; planDigest: string }): { confirmation: string; expiresAt: string };
  /** Uses one up, or refuses: CONFIRMATION_REQUIRED when there never was one, CONFIRMATION_STALE otherwise. */
  consume(request: { sessionId: string; planDigest: string; confirmation: string }): void;
}

export function createConfirmations(clock: Clock): Confirmations {
  let entries: Entry[] = [];

  return {
    issue({ sessionId, planDigest }) {
      const now = clock.now().getTime();
      // Expired ones are kept for as long again, so that their refusal can say why.
      entries = entries.filter((entry) => entry.expiresAt + lifetimeMilliseconds > now);
      const own = entries.filter((entry) => entry.sessionId === sessionId);
      if (own.length >= outstandingPerSession)
        entries.splice(
          entries.findIndex((entry) => entry === own[0]),
          1,
        );
      const confirmation = randomBytes(32).toString('base64url');
      const expiresAt = now + lifetimeMilliseconds;
      entries.push({ tokenDigest: sha256(confirmation), sessionId, planDigest, expiresAt, used: false });
      return { confirmation, expiresAt: new Date(expiresAt).toISOString() };
    },

    consume({ sessionId, planDigest, confirmation }) {
      const entry = find(entries, sha256(confirmation));
      if (!entry) {
        throw new Problem('CONFIRMATION_REQUIRED', {
          what: 'There is no confirmation for this plan.',
          state: 'Nothing was started.',
          next: 'Review the plan and confirm it.',
        });
      }
      if (entry.used) throw stale('The confirmation was used before: each one is good for one run.');
      if (entry.sessionId !== sessionId)
        throw stale('The confirmation was given in another window or terminal.');
      // Whatever comes of it now, it cannot be tried a second time.
      entry.used = true;
      if (entry.planDigest !== planDigest) throw stale('The confirmation was given for another plan.');
      if (entry.expiresAt <= clock.now().getTime())
        throw stale('The confirmation is more than ten minutes old.');
    },
  };
}

/** Looks at every entry, so that the time it takes says nothing about which one matched. */
function find(entries: readonly Entry[], tokenDigest: Buffer): Entry | undefined {
  let found: Entry | undefined;
  for (const entry of entries) if (timingSafeEqual(entry.tokenDigest, tokenDigest)) found = entry;
  return found;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function stale(what: string): Problem {
  return new Problem('CONFIRMATION_STALE', {
    what,
    state: 'Nothing was started.',
    next: 'Review the plan again and confirm it.',
  });
}
