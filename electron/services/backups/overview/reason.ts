import type { CoverageReason, CoverageReasonCode } from '../../../../shared/schemas/backup-overview.ts';
import { reasonStates } from './reason-states.ts';

export function reason(code: CoverageReasonCode, what: string, next: string): CoverageReason {
  return { code, state: reasonStates[code].state, what, next };
}
