import type { CallPolicy } from '../../shared/contract/base.ts';

/** Who asks, and through which door. Made by the host, never by the caller. */
export interface CallContext {
  readonly role: CallPolicy['role'];
  /** One connection's life: a confirmation is good for the session it was issued in. */
  readonly sessionId: string;
  readonly host: 'electron' | 'web' | 'in-process';
}
