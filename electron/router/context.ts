import type { CallPolicy } from '../../shared/contract/base.ts';
import type { PrunePlan, RestorePlan } from '../../shared/schemas/backup-plans.ts';
import type { CardPlan } from '../../shared/schemas/card.ts';

/** Who asks, and through which door. Made by the host, never by the caller. */
export interface CallContext {
  readonly role: CallPolicy['role'];
  /** One connection's life: a confirmation is good for the session it was issued in. */
  readonly sessionId: string;
  readonly host: 'electron' | 'web' | 'in-process';
  /** Where the page alone is not believed, how the operator is asked beside it, and where. */
  readonly askOperator?: AskOperator;
  readonly asksIn?: 'window' | 'terminal';
}

/** A plan that takes something away for good, by what it takes. */
export type Erasure =
  | { readonly kind: 'card'; readonly plan: CardPlan }
  | { readonly kind: 'restore'; readonly plan: RestorePlan }
  | { readonly kind: 'prune'; readonly plan: PrunePlan };

/**
 * Asks the operator where the page can neither answer nor paint; true when what this plan erases may go. The signal says
 * that whoever wanted to know has gone away.
 */
export type AskOperator = (
  erasure: Erasure,
  options: { signal: AbortSignal | undefined },
) => Promise<boolean>;
