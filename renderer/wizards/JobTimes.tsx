import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Age } from '../components/Age.tsx';
import { AsideSection } from '../components/wizard/Wizard.tsx';
import type { JobView } from '../jobs/job-view.ts';

/** The end of a job's quiet column, in every wizard: when it ran, and by which plan. */
export function JobTimes({ view: { started, ended } }: { view: JobView }) {
  return (
    <>
      <AsideSection title={t`Times`}>
        {started && (
          <p>
            <Trans>
              Started <Age time={started.at} />
            </Trans>
          </p>
        )}
        {ended && (
          <p>
            <Trans>
              Ended <Age time={ended.at} />
            </Trans>
          </p>
        )}
      </AsideSection>
      {started?.planDigest !== undefined && (
        <AsideSection title={t`Plan`}>
          <p className="mono small quiet">sha256:{started.planDigest}</p>
        </AsideSection>
      )}
    </>
  );
}
