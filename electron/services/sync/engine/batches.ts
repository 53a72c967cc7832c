import type { PlannedOperation } from './sync-plan.ts';

/**
 * What is made durable at once. Of two batches, or of one file that is larger, so much lies in temporaries at most, and is
 * copied again after a kill.
 */
export interface BatchLimits {
  readonly operations: number;
  readonly bytes: number;
}

const usualLimits: BatchLimits = { operations: 4096, bytes: 256 << 20 };

/** Cuts operations into batches, in their order. A file that is larger than a batch is one by itself. */
export function* inBatches(
  operations: readonly PlannedOperation[],
  most = usualLimits,
): Generator<readonly PlannedOperation[]> {
  let batch: PlannedOperation[] = [];
  let bytes = 0;
  for (const operation of operations) {
    const size = operation.kind === 'file' ? (operation.source?.size ?? 0) : 0;
    if (batch.length > 0 && (batch.length >= most.operations || bytes + size > most.bytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(operation);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
