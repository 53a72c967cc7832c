import { t } from '@lingui/core/macro';
import { addressOf } from '../../app/route.ts';
import type { WizardStepEntry } from '../../components/wizard/Wizard.tsx';

/** While the choice is still open (`linked`), it can be opened again. */
export function syncSteps({ linked = false } = {}): WizardStepEntry[] {
  return [
    {
      id: 'choose',
      label: t({ message: 'Choose', context: 'a step of the wizard' }),
      ...(linked ? { href: addressOf({ page: 'sync-run', step: 'choose' }) } : {}),
    },
    { id: 'review', label: t`Review` },
    { id: 'run', label: t`Run` },
    { id: 'proof', label: t`Proof` },
  ];
}
