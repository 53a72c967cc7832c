import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { IconAlertTriangle, IconArrowBackUp, IconRosetteDiscountCheck } from '@tabler/icons-react';
import type { BridgeCheck, BridgeDescription, DeploySummary } from '../../../shared/schemas/bridge.ts';
import { addressOf } from '../../app/route.ts';
import { CheckFindings } from '../../components/bridge/CheckFindings.tsx';
import { PingMatrix } from '../../components/bridge/PingMatrix.tsx';
import { nodeStateMark, nodeStateWords, sourceWords } from '../../components/bridge/source-words.ts';
import { LabCommand } from '../../components/LabCommand.tsx';
import { LabText } from '../../components/LabText.tsx';
import { ProblemNotice } from '../../components/ProblemNotice.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { StepActions, StepHeading } from '../../components/wizard/Wizard.tsx';
import { jobStateWords } from '../../jobs/job-state-words.ts';
import type { JobView } from '../../jobs/job-view.ts';
import { formatNames } from '../../text/format.ts';
import { CheckedNodes } from '../../components/bridge/CheckedNodes.tsx';
import { ConvergeButtons } from './ConvergeButtons.tsx';
import { startDeploy } from './start-deploy.ts';
import './deploy-end.css';

type Ended = NonNullable<JobView['ended']>;

/** How a deploy ended: proven on every node, taken back, or split; with what was read back, and what to do next. */
export function DeployEnd(props: {
  ended: Ended;
  deploy: DeploySummary | undefined;
  check: BridgeCheck | undefined;
  cables: BridgeDescription['cables'];
}) {
  const { ended, deploy, check, cables } = props;
  const isProven = ended.outcome === 'done';
  const isSplit = !isProven && deploy?.state === 'split';
  return (
    <div className="wizard-step-body">
      <div className="step-content">
        <StepHeading>
          <EndMark ended={ended} deploy={deploy} /> {headline(ended, deploy)}
        </StepHeading>
        {ended.problem && <ProblemNotice problem={ended.problem} />}
        {isSplit && <Converge />}
        {isProven && <NextStep />}
        {deploy && <NodeStates deploy={deploy} />}
        {check && (
          <section className="section" aria-labelledby="deploy-frames">
            <h3 id="deploy-frames">
              <Trans>Full frames, both ways</Trans>
            </h3>
            <PingMatrix pairs={check.pairs} />
            <CheckFindings findings={check.findings} />
          </section>
        )}
        {check && <CheckedNodes check={check} cables={cables} />}
        {deploy && (
          <dl className="deploy-print small">
            <dt>{t`Deploy`}</dt>
            <dd className="mono">{deploy.id}</dd>
            <dt>{t`Files`}</dt>
            <dd className="mono">sha256:{deploy.sourceDigest}</dd>
            <dt>{t`Record`}</dt>
            <dd className="mono">deploy/history/{deploy.id}.json</dd>
          </dl>
        )}
      </div>
      <StepActions>
        {!isProven && (
          <Button component="a" href={addressOf({ page: 'deploy', step: 'review' })} variant="default">
            <Trans>Back to the review</Trans>
          </Button>
        )}
        {isProven && deploy && (
          <Button
            variant="default"
            leftSection={<IconArrowBackUp size={16} aria-hidden="true" />}
            onClick={() => startDeploy({ kind: 'deploy', id: deploy.id, state: 'before' })}
          >
            <Trans>Take it back…</Trans>
          </Button>
        )}
        <Button component="a" href={addressOf({ page: 'bridge' })} className="push">
          <Trans>Look at the bridge</Trans>
        </Button>
      </StepActions>
    </div>
  );
}

function EndMark({ ended, deploy }: { ended: Ended; deploy: DeploySummary | undefined }) {
  if (ended.outcome === 'done') {
    return <IconRosetteDiscountCheck size={24} aria-hidden="true" className="end-mark end-proven" />;
  }
  return deploy?.state === 'rolled-back' ? (
    <IconArrowBackUp size={24} aria-hidden="true" className="end-mark end-back" />
  ) : (
    <IconAlertTriangle size={24} aria-hidden="true" className="end-mark end-wrong" />
  );
}

function headline(ended: Ended, deploy: DeploySummary | undefined) {
  const nodes = formatNames(deploy?.nodes.map(({ node }) => node) ?? []);
  if (ended.outcome === 'done') {
    if (!deploy) return t`Proven`;
    const source = sourceWords(deploy.source);
    return t`Proven: ${source} is on ${nodes}`;
  }
  if (deploy?.state === 'split') return t`Split: not every node ended the same way`;
  if (deploy?.state === 'rolled-back') return t`Taken back: ${nodes} are as before`;
  return jobStateWords(ended.outcome);
}

function NextStep() {
  return (
    <section className="panel deploy-next" aria-labelledby="deploy-next">
      <h3 id="deploy-next">
        <Trans>Next</Trans>
      </h3>
      <p>
        <Trans>
          The nodes keep it now, also when they are rebooted. Check again whenever a cable was moved; a
          schedule does it by itself.
        </Trans>
      </p>
      <LabCommand command="bridge check" />
    </section>
  );
}

function Converge() {
  return (
    <section className="panel deploy-next" data-wrong="true" aria-labelledby="deploy-converge">
      <h3 id="deploy-converge">
        <Trans>End the split</Trans>
      </h3>
      <p>
        <Trans>
          Contact was lost while the nodes were told to keep the change. Each of them is wholly on the new
          state or wholly on the former one. Bring them together, here or in a terminal:
        </Trans>
      </p>
      <LabCommand command="bridge converge" />
      <ConvergeButtons />
    </section>
  );
}

function NodeStates({ deploy }: { deploy: DeploySummary }) {
  return (
    <ul className="panel deploy-states" aria-label={t`Nodes`}>
      {deploy.nodes.map(({ node, state }) => (
        <li key={node}>
          <strong>
            <LabText text={node} />
          </strong>
          <StateMark state={nodeStateMark[state]} label={nodeStateWords(state)} />
        </li>
      ))}
    </ul>
  );
}
