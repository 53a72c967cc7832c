import type { ProblemRecord } from '../../../../shared/problem.ts';
import {
  type PlannedVersion,
  type ShownOperation,
  type ShownSyncPlan,
  shownNotices,
  shownOperations,
  shownStaying,
} from '../../../../shared/schemas/sync-plans.ts';
import type { SyncRunReport } from '../../../../shared/schemas/sync-report.ts';
import type { Entry } from '../engine/entry.ts';
import { trashName } from '../engine/reserved-names.ts';
import { shownPath } from '../engine/shown-path.ts';
import type { PlannedOperation, SyncPlan } from '../engine/sync-plan.ts';
import { beyondLimits, stopInWindow } from './beyond-limits.ts';
import { stayingRow } from '../runs/planned-rows.ts';
import type { LabDirection } from './lab-pairs.ts';

/** A plan as far as it is shown, with what its dry run found. */
export function shownPlan(
  { direction, name, request }: Pick<LabDirection, 'direction' | 'name' | 'request'>,
  plan: SyncPlan,
  { currentAsOf, wouldStop, iteration }: Pick<SyncRunReport, 'currentAsOf' | 'wouldStop' | 'iteration'>,
  blocked: ProblemRecord | undefined,
): ShownSyncPlan {
  const stop = blocked ?? (wouldStop && stopInWindow(wouldStop));
  // Of a blocked direction there is nothing to agree to.
  const toAgreeTo = blocked === undefined ? beyondLimits(plan, request) : undefined;
  const { operations, alignments, counts } = plan;
  // A conflict is one of the operations, which says so.
  const notices = plan.notices.filter(({ kind }) => kind !== 'conflict');
  const conflicts = operations.filter(({ conflict }) => conflict);
  // What is to be decided by a person is never among those that are only counted.
  const first = [...conflicts, ...operations.filter(({ conflict }) => !conflict)].slice(0, shownOperations);
  return {
    schema: 'sifaka.sync-plan/1',
    at: iteration.started_at,
    pair: name,
    direction: direction.name,
    from: direction.from,
    to: direction.to,
    src: direction.src,
    dest: direction.dest,
    deleteMissing: direction.deleteMissing,
    counts: {
      ...counts,
      creates: filesCreated(operations),
      alignments: alignments.length,
      conflicts: conflicts.length,
    },
    operations: first.map(shownOperation),
    furtherOperations: operations.length - first.length,
    staying: plan.staying.slice(0, shownStaying).map(stayingRow),
    furtherStaying: Math.max(0, plan.stayingTotal - shownStaying),
    notices: notices.slice(0, shownNotices),
    furtherNotices: Math.max(0, notices.length - shownNotices),
    trash: `${direction.dest}/${trashName}`,
    trashRetainDays: request.trashRetainDays,
    ...(stop && { stop }),
    ...(toAgreeTo && { toAgreeTo }),
    ...(currentAsOf !== undefined && { alreadyCurrentSince: currentAsOf }),
  };
}

/** Folders are made on the way. */
function filesCreated(operations: readonly PlannedOperation[]): number {
  return operations.filter(({ operation, kind }) => operation === 'create' && kind !== 'folder').length;
}

function shownOperation(planned: PlannedOperation): ShownOperation {
  const { operation, kind, path, reason, conflict, source, destination } = planned;
  return {
    operation,
    kind,
    filepath: shownPath({ path, kind }),
    reason,
    conflict,
    ...(source && { source: version(source) }),
    ...(destination && { destination: version(destination) }),
  };
}

/** The earliest and latest time that a Date has: a file may carry any other. */
const latestMs = 8.64e15;

function version({ kind, size, mtimeMs }: Entry): PlannedVersion {
  const modified = new Date(Math.trunc(Math.min(Math.max(mtimeMs, -latestMs), latestMs)));
  return { kind, size, modified: modified.toISOString() };
}
