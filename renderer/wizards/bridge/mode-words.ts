import { t } from '@lingui/core/macro';
import type { DeployMode } from '../../../shared/schemas/bridge.ts';

export function modeWords(mode: DeployMode): { readonly name: string; readonly about: string } {
  const words: Record<DeployMode, { name: string; about: string }> = {
    all: {
      name: t`All nodes at the same time`,
      about: t`The shortest, and the bridge is down for one moment only.`,
    },
    rolling: {
      name: t`One node after the other`,
      about: t`Each is checked by itself before the next one is changed.`,
    },
    canary: {
      name: t`One node first, then all others`,
      about: t`If the first one is not as planned, no other is changed.`,
    },
  };
  return words[mode];
}
