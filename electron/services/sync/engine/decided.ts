import type { SyncNotice, SyncReason } from '../../../../shared/schemas/sync-record.ts';
import type { AgreedAdvice } from './agreed-advice.ts';
import type { CompareRules } from './compare.ts';
import type { Entry } from './entry.ts';
import type { Difference } from './survey/findings.ts';
import type { WalkRequest } from './survey/walk-request.ts';
import type { Alignment, PlannedOperation, Staying } from './sync-plan.ts';

/** What came of the differences, in the order they were decided. */
export interface Decided {
  readonly operations: PlannedOperation[];
  readonly alignments: Alignment[];
  readonly notices: SyncNotice[];
  /** Of which the destination's stays: the first of them, and how many they are. */
  readonly staying: Staying[];
  stayingTotal: number;
  /** Pairs that turned out to be the same. */
  equal: number;
  /** Files and links that go away. */
  deletes: number;
}

export interface DecisionPorts {
  readonly request: WalkRequest;
  readonly rules: CompareRules;
  readonly agreed: AgreedAdvice;
  /** A run may have been cut off at the source, of which nobody knows what it left half done: what is not there says little. */
  readonly sourceMayLack: boolean;
  readonly signal: AbortSignal;
}

/** A difference of a name that both sides have. */
export interface PairDifference extends Difference {
  readonly source: Entry;
  readonly destination: Entry;
}

/** More are only counted: a tree whose other side is newer has them all. */
const mostStaying = 1000;

/** The destination's stays. */
export function stay(
  { path, destination }: Pick<PairDifference, 'path' | 'destination'>,
  reason: SyncReason,
  decided: Decided,
): void {
  const { kind, size } = destination;
  if (kind === 'special') return;
  decided.stayingTotal += 1;
  if (decided.staying.length < mostStaying) decided.staying.push({ path, kind, reason, size });
}
