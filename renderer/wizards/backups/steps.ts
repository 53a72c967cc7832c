import { t } from '@lingui/core/macro';
import type { JobSummary } from '../../../shared/schemas/job.ts';
import { addressOf } from '../../app/route.ts';
import type { WizardStepEntry } from '../../components/wizard/Wizard.tsx';

/** While choices are still open (`linked`), a finished step can be opened again. */
export function runSteps({ linked = false } = {}): WizardStepEntry[] {
  return [choose('backup-run', linked), review, run, proof].map((step) => step());
}

export function restoreSteps({ linked = false } = {}): WizardStepEntry[] {
  return [choose('backup-restore', linked), review, run, proof].map((step) => step());
}

export function pruneSteps(): WizardStepEntry[] {
  return [review, run, proof].map((step) => step());
}

/** The steps of the wizard that a job came from; others have the last two. */
export function stepsOfJob(kind: JobSummary['kind']): WizardStepEntry[] {
  if (kind === 'backup-run') return runSteps();
  if (kind === 'backup-restore') return restoreSteps();
  if (kind === 'backup-prune') return pruneSteps();
  return [run(), proof()];
}

const choose = (page: 'backup-run' | 'backup-restore', linked: boolean) => (): WizardStepEntry => ({
  id: 'choose',
  label: t({ message: 'Choose', context: 'a step of the wizard' }),
  ...(linked ? { href: addressOf({ page, step: 'choose' }) } : {}),
});
const review = (): WizardStepEntry => ({ id: 'review', label: t`Review` });
const run = (): WizardStepEntry => ({ id: 'run', label: t`Run` });
const proof = (): WizardStepEntry => ({ id: 'proof', label: t`Proof` });
