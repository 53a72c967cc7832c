import { Problem } from '../../../../shared/problem.ts';
import type { BackupPolicy } from '../../../../shared/schemas/backup-policy.ts';

/** More are not looked through for a free one. */
const mostIds = 10_000;

/**
 * Ids of the policy's range that no guest of any node has, the first first. Proxmox itself refuses one that is taken meanwhile.
 * SCRATCH_ID_MISSING.
 */
export function scratchIds(policy: BackupPolicy | undefined, taken: ReadonlySet<number>): number[] {
  const range = policy?.restoreTests?.vmids;
  if (range === undefined)
    throw missing(
      'The policy has no ids for restore tests.',
      'Give them ids that no guest will ever have: restoreTests: { vmids: { first: 9900, last: 9909 } }',
    );
  const count = Math.min(mostIds, range.last - range.first + 1);
  const free = Array.from({ length: count }, (_, index) => range.first + index).filter(
    (id) => !taken.has(id),
  );
  if (free.length > 0) return free;
  throw missing(
    `Every id from ${range.first} to ${range.last}, which are for restore tests, is a guest's.`,
    'Remove guests that tests left, or give more ids: restoreTests in backups/policy.yaml',
  );
}

function missing(what: string, next: string): Problem {
  return new Problem('SCRATCH_ID_MISSING', { what, state: 'Nothing was changed.', next });
}
