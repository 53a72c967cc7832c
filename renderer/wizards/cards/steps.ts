import { t } from '@lingui/core/macro';
import { addressOf } from '../../app/route.ts';
import type { WizardStepEntry } from '../../components/wizard/Wizard.tsx';

/** The steps of a burn. While choices are still open (`linked`), a finished step can be opened again. */
export function burnSteps(options: { linked?: boolean } = {}): WizardStepEntry[] {
  const choices = [
    { id: 'node', label: t`Choose node` },
    { id: 'target', label: t`Choose target` },
    { id: 'review', label: t`Review` },
  ] as const;
  return [
    ...choices.map(({ id, label }) =>
      options.linked ? { id, label, href: addressOf({ page: 'burn', step: id }) } : { id, label },
    ),
    { id: 'run', label: t`Run` },
    { id: 'proof', label: t`Proof` },
  ];
}

export function verifySteps(): WizardStepEntry[] {
  return [
    { id: 'run', label: t({ message: 'Read back', context: 'a step of the wizard' }) },
    { id: 'proof', label: t`Proof` },
  ];
}
