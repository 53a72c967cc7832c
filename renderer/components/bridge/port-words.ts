import { t } from '@lingui/core/macro';
import type { MarkState } from '../StateMark.tsx';
import type { CableHealth, PortHealth } from './port-health.ts';

export function portWords(health: PortHealth): string {
  const words: Record<PortHealth, string> = {
    forwarding: t`forwarding`,
    blocking: t`blocking, stands by`,
    settling: t`settling`,
    slow: t`MTU too small`,
    'no-carrier': t`no carrier`,
    'not-in-bridge': t`not in the bridge`,
    absent: t`not there`,
    disabled: t`disabled`,
  };
  return words[health];
}

export const portMark: Record<PortHealth, MarkState> = {
  forwarding: 'ok',
  // One port of a closed ring has to: it is how STP keeps frames from going round for ever.
  blocking: 'none',
  settling: 'running',
  slow: 'danger',
  'no-carrier': 'danger',
  'not-in-bridge': 'danger',
  absent: 'danger',
  disabled: 'warning',
};

export function cableWords(health: CableHealth): string {
  const words: Record<CableHealth, string> = {
    carries: t`carries frames`,
    'stands-by': t`stands by, STP blocks one end`,
    settling: t`settling`,
    slow: t`loses full frames`,
    cut: t`cut`,
    unknown: t`not known`,
  };
  return words[health];
}
