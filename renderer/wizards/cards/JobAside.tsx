import { t } from '@lingui/core/macro';
import type { CardPlan } from '../../../shared/schemas/card.ts';
import { LabText } from '../../components/LabText.tsx';
import { AsideSection } from '../../components/wizard/Wizard.tsx';
import type { JobView } from '../../jobs/job-view.ts';
import { JobTimes } from '../JobTimes.tsx';
import { StateLeft } from './StateLeft.tsx';
import { TargetName } from './TargetName.tsx';

/** The quiet column while a job runs and after: what it works on, and what losing power means now. */
export function JobAside({ view, plan }: { view: JobView; plan: CardPlan | undefined }) {
  const { started, ended } = view;
  return (
    <>
      {plan && (
        <AsideSection title={t`Node`}>
          <p className="subject">
            <LabText text={plan.node} />
          </p>
          <p className="quiet">
            <LabText text={plan.nodeClass} />
          </p>
        </AsideSection>
      )}
      <AsideSection title={t`Target`}>
        {plan && (
          <p className="subject">
            <TargetName kind={plan.target.kind} label={plan.target.label} />
          </p>
        )}
        <p className="mono small">
          <LabText text={started?.subject ?? ''} />
        </p>
      </AsideSection>
      {!ended && (
        <AsideSection title={t`If power or contact is lost now`}>
          <p>
            <StateLeft view={view} />
          </p>
        </AsideSection>
      )}
      <JobTimes view={view} />
    </>
  );
}
