import { addressOf } from '../../app/route.ts';
import type { WizardStepEntry } from '../../components/wizard/Wizard.tsx';

/** The steps of a burn. While choices are still open (`linked`), a finished step can be opened again. */
export function burnSteps(options: { linked?: boolean } = {}): WizardStepEntry[] {
  const choices = [
    { id: 'node', label: 'Choose node' },
    { id: 'target', label: 'Choose target' },
    { id: 'review', label: 'Review' },
  ] as const;
  return [
    ...choices.map(({ id, label }) =>
      options.linked ? { id, label, href: addressOf({ page: 'burn', step: id }) } : { id, label },
    ),
    { id: 'run', label: 'Run' },
    { id: 'proof', label: 'Proof' },
  ];
}

export const verifySteps: readonly WizardStepEntry[] = [
  { id: 'run', label: 'Read back' },
  { id: 'proof', label: 'Proof' },
];
