import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { IconArrowBackUp, IconHandStop } from '@tabler/icons-react';
import type { ProblemRecord } from '../../../shared/problem.ts';
import { addressOf } from '../../app/route.ts';
import type { JobView } from '../../jobs/job-view.ts';
import { RunJob } from '../../jobs/RunJob.tsx';

/** A deploy, or a check, while it runs: one lane per node, and the way back at once. */
export function RunBridgeJob(props: { id: string; view: JobView; problem: ProblemRecord | undefined }) {
  const isDeploy = props.view.started?.kind === 'bridge-deploy';
  return (
    <RunJob
      {...props}
      doing={isDeploy ? t`Deploying` : t`Checking the bridge`}
      lanesLabel={t`Nodes`}
      home={{ href: addressOf({ page: 'bridge' }), label: <Trans>Bridge</Trans> }}
      end={
        isDeploy
          ? {
              label: <Trans>Roll back now</Trans>,
              icon: <IconArrowBackUp size={16} aria-hidden="true" />,
              asked: t`Asked to roll back: each node restores what it had.`,
              isDangerous: true,
            }
          : {
              label: <Trans>Stop</Trans>,
              icon: <IconHandStop size={16} aria-hidden="true" />,
              asked: t`Asked to stop.`,
            }
      }
    />
  );
}
