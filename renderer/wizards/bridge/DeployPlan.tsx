import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { IconAlertTriangle, IconBan } from '@tabler/icons-react';
import type { BridgePlan, PlannedBridge } from '../../../shared/schemas/bridge.ts';
import { LabText } from '../../components/LabText.tsx';
import { ServiceText } from '../../components/ServiceText.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { PlanOfNode } from './PlanOfNode.tsx';
import './deploy-plan.css';

/** A plan as an operator reads it: why it may not be run, what to know before, and what changes on each node. */
export function DeployPlan({ planned }: { planned: PlannedBridge }) {
  const { plan, digest, observed } = planned;
  const changes = plan.nodes.some(({ files, live }) => files.length + live.length > 0);
  return (
    <>
      <Refusals refusals={plan.refusals} />
      <Warnings warnings={plan.warnings} />
      {!changes && plan.refusals.length === 0 && (
        <div className="panel plan-calm">
          <StateMark
            state="ok"
            label={t`Nothing would change: every node has these files, and its links are as they should be. A deploy would only prove it.`}
          />
        </div>
      )}
      {plan.nodes.map((node) => (
        <PlanOfNode
          key={node.node}
          planned={node}
          isRefused={plan.refusals.some((one) => one.node === node.node)}
          observed={observed.find((one) => one.node === node.node)}
        />
      ))}
      <dl className="plan-print small">
        <dt>{t`Plan`}</dt>
        <dd className="mono">sha256:{digest}</dd>
        <dt>{t`Files`}</dt>
        <dd className="mono">sha256:{plan.sourceDigest}</dd>
      </dl>
    </>
  );
}

function Refusals({ refusals }: { refusals: BridgePlan['refusals'] }) {
  if (refusals.length === 0) return null;
  return (
    <section className="panel plan-refusals" aria-labelledby="plan-refusals">
      <h3 id="plan-refusals">
        <IconBan size={18} aria-hidden="true" /> <Trans>This is not deployed</Trans>
      </h3>
      <ul>
        {refusals.map((refusal) => (
          <li key={`${refusal.code}:${refusal.node ?? ''}:${refusal.what}`}>
            <span>
              {refusal.node !== undefined && (
                <strong>
                  <LabText text={refusal.node} />:{' '}
                </strong>
              )}
              <ServiceText text={refusal.what} />
            </span>
            <span className="quiet">
              <ServiceText text={refusal.next} />
            </span>
            <span className="mono small quiet">{refusal.code}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Warnings({ warnings }: { warnings: BridgePlan['warnings'] }) {
  if (warnings.length === 0) return null;
  return (
    <ul className="panel plan-warnings" aria-label={t`Warnings`}>
      {warnings.map((warning) => (
        <li key={`${warning.code}:${warning.node ?? ''}:${warning.what}`}>
          <IconAlertTriangle size={16} aria-label={t`Warning`} />
          <span>
            {warning.node !== undefined && (
              <strong>
                <LabText text={warning.node} />:{' '}
              </strong>
            )}
            <ServiceText text={warning.what} />
          </span>
        </li>
      ))}
    </ul>
  );
}
