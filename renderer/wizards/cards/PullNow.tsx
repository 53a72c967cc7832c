import { t } from '@lingui/core/macro';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { ServiceText } from '../../components/ServiceText.tsx';
import { currentStep, type JobView } from '../../jobs/job-view.ts';
import { pullWords } from './left-words.ts';

/** What it means to take the card out at this moment; stands with the buttons, which are always in sight. */
export function PullNow({ view }: { view: JobView }) {
  const pull = currentStep(view)?.pull;
  if (view.ended || pull === undefined || view.started?.kind === 'card-build') return null;
  const words = pullWords(pull);
  return (
    <output className="pull-now">
      <IconPlugConnectedX size={18} stroke={1.75} aria-hidden="true" />
      <span>
        <strong>{t`If you pull the card now:`}</strong> {words ?? <ServiceText text={pull} />}
      </span>
    </output>
  );
}
