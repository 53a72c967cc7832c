import type { CallPolicy } from '../../shared/contract/base.ts';
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

/**
 * Asks the operator where the page can neither answer nor paint; true when what this plan erases may go. The signal says
 * that whoever wanted to know has gone away.
 */
export type AskOperator = (plan: CardPlan, options: { signal: AbortSignal | undefined }) => Promise<boolean>;
