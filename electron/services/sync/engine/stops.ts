import { Problem } from '../../../../shared/problem.ts';
import type { SyncOptions } from '../../../../shared/schemas/sync-request.ts';
import { escapeName } from './byte-names.ts';
import type { PlannedOperation, SyncPlan } from './sync-plan.ts';

/** With fewer files on both sides, "nearly all of them changed" says little. */
const fewestCommon = 50;
const everythingShare = 0.95;
const namesShown = 5;

/**
 * Refuses a plan that takes away or changes so much that a mistake is likelier than a wish: an emptied source, a wrong
 * folder, a restored or encrypted tree. SYNC_TOO_MANY_DELETIONS, SYNC_EVERYTHING_CHANGED.
 */
export function refuseTooMuch(
  plan: Pick<SyncPlan, 'operations' | 'counts'>,
  {
    maxDeletePercent,
    allowEverythingChanged,
  }: Pick<SyncOptions, 'maxDeletePercent' | 'allowEverythingChanged'>,
): void {
  const { counts, operations } = plan;
  const taken = counts.deletes;
  if (taken > 0 && taken * 100 > maxDeletePercent * Math.max(counts.destination, taken)) {
    const share = Math.floor((taken * 100) / Math.max(counts.destination, taken));
    throw new Problem('SYNC_TOO_MANY_DELETIONS', {
      what: `This run would take ${taken} of the destination's ${counts.destination} files away (${share} %), more than the ${maxDeletePercent} % that it may.`,
      state: 'Nothing was changed.',
      next: 'See whether the source is complete and mounted. If these are to go, run again with a higher --max-delete.',
      more: firstNames(
        operations,
        (operation) => operation.operation === 'delete' || replacesOther(operation),
      ),
    });
  }
  const updated = operations.filter(
    (operation) => operation.operation === 'update' && !replacesOther(operation),
  ).length;
  if (
    !allowEverythingChanged &&
    counts.common >= fewestCommon &&
    updated >= counts.common * everythingShare
  ) {
    throw new Problem('SYNC_EVERYTHING_CHANGED', {
      what: `${updated} of the ${counts.common} files that both sides have would be replaced: nearly every one.`,
      state: 'Nothing was changed.',
      next: 'See what changed them. If they are right, run again with --allow-everything-changed.',
      more: firstNames(operations, ({ operation }) => operation === 'update'),
    });
  }
}

/** Something of another kind goes away for it. */
function replacesOther({ kind, operation, destination }: PlannedOperation): boolean {
  return operation === 'update' && destination !== undefined && destination.kind !== kind;
}

function firstNames(
  operations: readonly PlannedOperation[],
  concerned: (operation: PlannedOperation) => boolean,
): string[] {
  const all = operations.filter(
    (operation) => concerned(operation) && operation.destination?.kind !== 'folder',
  );
  const names = all.slice(0, namesShown).map(({ path }) => escapeName(path));
  return all.length > namesShown ? [...names, `and ${all.length - namesShown} more`] : names;
}
