import { randomUUID } from 'node:crypto';
import type { SyncNotice, SyncOperation } from '../../../../shared/schemas/sync-record.ts';
import type { AppliedBatch, AppliedPath } from './applied-batch.ts';
import type { Outcome } from './apply-step.ts';
import { escapeName } from './byte-names.ts';
import { noticeOf, rowOf, type Step } from './rows.ts';
import type { SyncPlan } from './sync-plan.ts';
import { failureText } from './system-words.ts';

export type Durable = Pick<AppliedBatch, 'applied' | 'aligned'>;

/** What comes together while a batch is carried out. */
export class BatchResult {
  readonly operations: SyncOperation[] = [];
  readonly notDone: string[] = [];
  readonly #iteration: string;
  readonly applied: AppliedPath[] = [];
  readonly aligned: AppliedPath[] = [];
  readonly #notices: SyncNotice[] = [];
  #bytes = 0;
  #failed = 0;
  /** The destination had no room. */
  full = false;
  /** Of files that were to be copied and were not, for want of room. */
  bytesNotCopied = 0;
  notBegun = 0;

  constructor(iteration: string) {
    this.#iteration = iteration;
  }

  /** `bytes` were copied for it. */
  add(step: Step, outcome: Outcome, bytes = 0): void {
    if (outcome.result !== 'done') this.notDone.push(step.uid);
    const row = rowOf(step, this.#iteration, outcome);
    if (row) this.operations.push(row);
    const notice = noticeOf(step, outcome);
    if (notice) this.#notices.push(notice);
    const size = step.planned.kind === 'file' ? (step.planned.source?.size ?? 0) : 0;
    if (outcome.result === 'done') {
      this.#bytes += bytes;
      this.applied.push({ path: step.planned.path, ...(outcome.after && { after: outcome.after }) });
    } else if (outcome.result === 'failed') {
      this.#failed += 1;
      this.full ||= outcome.full;
      if (outcome.full) this.bytesNotCopied += size;
    } else if (outcome.result === 'stopped') {
      this.notBegun += 1;
      this.bytesNotCopied += size;
    }
  }

  /** None of them could be begun, for the same reason. */
  failAll(steps: readonly Step[], code: string, { full = false }: { readonly full?: boolean } = {}): void {
    const now = Date.now();
    for (const step of steps) this.add(step, { result: 'failed', code, full, started: now, ended: now });
  }

  /**
   * Nothing is told of one that went well. One that failed is a failed operation, which keeps the other direction from nothing:
   * both sides have the same bytes.
   */
  addAlignment({ path, source, destination }: SyncPlan['alignments'][number], outcome: Outcome): void {
    if (outcome.result === 'done') {
      // When it could not be looked at, nothing is known of it.
      if (outcome.after) this.aligned.push({ path, after: outcome.after });
    } else if (outcome.result === 'changed') {
      const text = 'It changed after it was looked at. Its time was left as it is.';
      this.#notices.push({ kind: 'changed-meanwhile', filepath: escapeName(path), text });
    } else if (outcome.result === 'failed') {
      const planned = { path, source, destination, operation: 'update', kind: 'file' } as const;
      const step = {
        planned: { ...planned, reason: 'newer-within-threshold', conflict: false },
        uid: randomUUID(),
      } as const;
      const row = rowOf(step, this.#iteration, outcome);
      const why = `Its bytes are the same, but its time could not be set. ${failureText(outcome.code)}`;
      if (row) this.operations.push({ ...row, error_message: why });
    }
  }

  /** `durable`: of this batch and earlier ones, what is so since the last answer. */
  batch(durable: Durable, { full }: Pick<AppliedBatch, 'full'> = {}): AppliedBatch {
    return {
      ...durable,
      operations: this.operations,
      notices: this.#notices,
      bytes: this.#bytes,
      failed: this.#failed,
      ...(full && { full }),
    };
  }
}
