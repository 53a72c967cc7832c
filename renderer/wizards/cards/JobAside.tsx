import type { CardPlan } from '../../../shared/schemas/card.ts';
import { Age } from '../../components/Age.tsx';
import { LabText } from '../../components/LabText.tsx';
import { AsideSection } from '../../components/wizard/Wizard.tsx';
import type { JobView } from '../../jobs/job-view.ts';

/** The quiet column while a job runs and after: what it works on, and what losing power means now. */
export function JobAside({ view, plan }: { view: JobView; plan: CardPlan | undefined }) {
  const { started, ended } = view;
  return (
    <>
      {plan && (
        <AsideSection title="Node">
          <p className="subject">
            <LabText text={plan.node} />
          </p>
          <p className="quiet">
            <LabText text={plan.nodeClass} />
          </p>
        </AsideSection>
      )}
      <AsideSection title="Target">
        {plan && (
          <p className="subject">
            <LabText text={plan.target.label} />
          </p>
        )}
        <p className="mono small">
          <LabText text={started?.subject ?? ''} />
        </p>
      </AsideSection>
      {!ended && (
        <AsideSection title="If power or contact is lost now">
          <p>
            <LabText text={view.ifCutOff ?? ''} />
          </p>
        </AsideSection>
      )}
      <AsideSection title="Times">
        {started && (
          <p>
            Started <Age time={started.at} />
          </p>
        )}
        {ended && (
          <p>
            Ended <Age time={ended.at} />
          </p>
        )}
      </AsideSection>
      {started?.planDigest !== undefined && (
        <AsideSection title="Plan">
          <p className="mono small quiet">sha256:{started.planDigest}</p>
        </AsideSection>
      )}
    </>
  );
}
