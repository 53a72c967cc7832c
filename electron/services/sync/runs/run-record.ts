import { join } from 'node:path';
import type { ProblemRecord } from '../../../../shared/problem.ts';
import type {
  SyncIteration,
  SyncNotice,
  SyncOperation,
  SyncStaying,
} from '../../../../shared/schemas/sync-record.ts';
import { reportedRows, type SyncRunReport } from '../../../../shared/schemas/sync-report.ts';
import type { SyncRequest } from '../../../../shared/schemas/sync-request.ts';
import { trashName } from '../engine/reserved-names.ts';
import type { SyncPlan } from '../engine/sync-plan.ts';

/** What one run has done so far: its row of sync_iterations, and what its report will show. */
export class RunRecord {
  readonly #begun: Pick<
    SyncIteration,
    'iteration_uid' | 'sync_pair' | 'direction' | 'src' | 'dest' | 'started_at' | 'dry_run'
  >;
  readonly #counts = { create: 0, update: 0, delete: 0, failed: 0, bytes: 0 };
  readonly #logDir: string;
  readonly #failed: SyncOperation[] = [];
  readonly #done: SyncOperation[] = [];
  readonly #notices: SyncNotice[] = [];
  #operationsTotal = 0;
  #noticesTotal = 0;
  #hasTrash = false;
  #skipped = 0;

  constructor(request: SyncRequest, iterationUid: string, startedAt: Date) {
    this.#logDir = request.logDir;
    this.#begun = {
      iteration_uid: iterationUid,
      sync_pair: request.pair,
      direction: request.direction,
      src: request.src,
      dest: request.dest,
      started_at: startedAt.toISOString(),
      dry_run: request.dryRun,
    };
  }

  get operationsTotal(): number {
    return this.#operationsTotal;
  }

  /** Operations with status `fail`. */
  get failed(): number {
    return this.#counts.failed;
  }

  get bytes(): number {
    return this.#counts.bytes;
  }

  get firstFailed(): SyncOperation | undefined {
    return this.#failed[0];
  }

  addOperations(operations: readonly SyncOperation[]): void {
    this.#operationsTotal += operations.length;
    for (const operation of operations) {
      const isFailed = operation.status === 'fail';
      if (isFailed) this.#counts.failed += 1;
      // The columns count files, and links as files; folders have rows only.
      else if (operation.kind !== 'folder') this.#counts[operation.operation] += 1;
      if (operation.trashed) this.#hasTrash = true;
      const rows = isFailed ? this.#failed : this.#done;
      if (rows.length < reportedRows) rows.push(operation);
    }
  }

  addNotices(notices: readonly SyncNotice[]): void {
    this.#noticesTotal += notices.length;
    this.#notices.push(...notices.slice(0, reportedRows - this.#notices.length));
  }

  /** Of the files that both sides have, those that stay as they are: equal, aligned, newer here, or left to a person. */
  skip({ counts, operations }: Pick<SyncPlan, 'counts' | 'operations'>): void {
    const updates = operations.filter(
      ({ operation, kind, destination }) =>
        operation === 'update' && kind !== 'folder' && destination?.kind !== 'folder',
    );
    this.#skipped = Math.max(0, counts.common - updates.length);
  }

  addBytes(bytes: number): void {
    this.#counts.bytes += bytes;
  }

  /** The row as it is now; `ended` is absent while it runs. */
  iteration(
    status: SyncIteration['status'],
    ended?: { at: Date; error?: string | undefined },
  ): SyncIteration {
    return {
      ...this.#begun,
      ended_at: ended?.at.toISOString() ?? null,
      status,
      files_created: this.#counts.create,
      files_updated: this.#counts.update,
      files_deleted: this.#counts.delete,
      files_skipped: this.#skipped,
      files_failed: this.#counts.failed,
      total_bytes_transferred: this.#counts.bytes,
      error_message: ended?.error ?? null,
    };
  }

  report(
    plan: Pick<SyncPlan, 'counts' | 'digest'>,
    iteration: SyncIteration,
    rest: Pick<SyncRunReport, 'recorded'> & {
      readonly currentAsOf?: string | undefined;
      readonly wouldStop?: ProblemRecord | undefined;
      readonly staying?: readonly SyncStaying[] | undefined;
      readonly stayingTotal?: number;
      readonly problem?: ProblemRecord | undefined;
    },
  ): SyncRunReport {
    const { recorded, currentAsOf, wouldStop, staying = [], stayingTotal, problem } = rest;
    const { source, destination, common, equal, creates, updates, deletes, bytes } = plan.counts;
    return {
      kind: 'sync-run',
      iteration,
      logDir: this.#logDir,
      counts: { source, destination, common, equal, creates, updates, deletes, bytes },
      digest: plan.digest,
      operations: [...this.#failed, ...this.#done].slice(0, reportedRows),
      operationsTotal: this.#operationsTotal,
      notices: this.#notices,
      noticesTotal: this.#noticesTotal,
      ...(this.#hasTrash && !iteration.dry_run
        ? { trash: join(iteration.dest, trashName, iteration.iteration_uid) }
        : {}),
      ...(staying.length === 0 ? {} : { staying: [...staying], stayingTotal }),
      ...(currentAsOf === undefined ? {} : { currentAsOf }),
      ...(wouldStop === undefined ? {} : { wouldStop }),
      recorded,
      ...(problem === undefined ? {} : { problem }),
    };
  }
}
