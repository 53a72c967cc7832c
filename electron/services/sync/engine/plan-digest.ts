import { createHash } from 'node:crypto';
import type { Entry } from './entry.ts';
import type { Alignment, PlannedOperation } from './sync-plan.ts';

/** SHA-256 over one line of JSON for each operation and alignment, in their order. */
export function digestOfPlan(
  operations: readonly PlannedOperation[],
  alignments: readonly Alignment[],
): string {
  const hash = createHash('sha256');
  for (const { operation, kind, path, reason, conflict, source, destination } of operations) {
    hash.update(line([operation, kind, path, reason, conflict, identityOf(source), identityOf(destination)]));
  }
  for (const { path, source, destination } of alignments) {
    hash.update(line(['align', path, identityOf(source), identityOf(destination)]));
  }
  return hash.digest('hex');
}

function line(values: readonly unknown[]): string {
  return `${JSON.stringify(values)}\n`;
}

/** What makes it another version: reading a file, or giving it a second name, does not. */
function identityOf(entry: Entry | undefined): readonly unknown[] | null {
  return entry === undefined ? null : [entry.kind, entry.size, entry.mtimeMs, entry.inode];
}
