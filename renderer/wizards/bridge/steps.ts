import { t } from '@lingui/core/macro';
import { addressOf } from '../../app/route.ts';
import type { WizardStepEntry } from '../../components/wizard/Wizard.tsx';

/** The steps of a deploy. While choices are still open (`linked`), a finished step can be opened again. */
export function deploySteps(options: { linked?: boolean } = {}): WizardStepEntry[] {
  const choices = [
    { id: 'choose', label: t({ message: 'Choose', context: 'a step of the wizard' }) },
    { id: 'review', label: t`Review` },
  ] as const;
  return [
    ...choices.map(({ id, label }) =>
      options.linked ? { id, label, href: addressOf({ page: 'deploy', step: id }) } : { id, label },
    ),
    { id: 'run', label: t`Run` },
    { id: 'proof', label: t`Proof` },
  ];
}

export function checkSteps(): WizardStepEntry[] {
  return [
    { id: 'run', label: t({ message: 'Check', context: 'a step of the wizard' }) },
    { id: 'proof', label: t`Proof` },
  ];
}
