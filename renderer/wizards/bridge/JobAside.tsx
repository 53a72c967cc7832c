import { t } from '@lingui/core/macro';
import type { DeploySummary } from '../../../shared/schemas/bridge.ts';
import { sourceWords } from '../../components/bridge/source-words.ts';
import { LabText } from '../../components/LabText.tsx';
import { PageWords } from '../../components/PageWords.tsx';
import { ServiceText } from '../../components/ServiceText.tsx';
import { AsideSection } from '../../components/wizard/Wizard.tsx';
import { lanesOf } from '../../jobs/lanes.ts';
import type { JobView } from '../../jobs/job-view.ts';
import { JobTimes } from '../JobTimes.tsx';
import { formatNames } from '../../text/format.ts';
import { modeWords } from './mode-words.ts';

/** The quiet column while a job runs and after: what it works on, and what losing contact means now. */
export function JobAside({ view, deploy }: { view: JobView; deploy: DeploySummary | undefined }) {
  const { ended } = view;
  const nodes = deploy?.nodes.map(({ node }) => node) ?? lanesOf(view).map(({ name }) => name);
  return (
    <>
      {nodes.length > 0 && (
        <AsideSection title={t`Selected`}>
          {deploy && (
            <p className="subject">
              {deploy.source.kind === 'design' ? (
                <LabText text={deploy.source.name} />
              ) : (
                <PageWords text={sourceWords(deploy.source)} />
              )}
            </p>
          )}
          <p>
            <LabText text={formatNames(nodes)} />
          </p>
          {deploy && <p className="quiet">{modeWords(deploy.mode).name}</p>}
        </AsideSection>
      )}
      {!ended && view.ifCutOff !== undefined && (
        <AsideSection title={t`If contact is lost now`}>
          <p>
            <ServiceText text={view.ifCutOff} />
          </p>
        </AsideSection>
      )}
      <JobTimes view={view} />
    </>
  );
}
