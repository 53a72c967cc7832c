import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { BridgeCheck } from '../../../shared/schemas/bridge.ts';
import { Age } from '../Age.tsx';
import { StateMark } from '../StateMark.tsx';
import { CheckFindings } from './CheckFindings.tsx';
import { OpenIssue } from './OpenIssue.tsx';
import { PingMatrix } from './PingMatrix.tsx';

/** What one check saw: the verdict, the frames between all nodes, and what to do about what is wrong. */
export function CheckOutcome(props: { check: BridgeCheck; isNewest: boolean; isOperator: boolean }) {
  const { check } = props;
  return (
    <>
      <p className="check-verdict">
        {check.passed ? (
          <StateMark state="ok" label={t`Every full frame came back.`} />
        ) : (
          <StateMark state="danger" label={t`The bridge does not do what it should.`} />
        )}
        <span className="quiet">
          <Trans>
            Checked <Age time={check.at} oldAfterDays={props.isNewest ? 7 : 0} />
          </Trans>
        </span>
      </p>
      <CheckFindings findings={check.findings} />
      {check.pairs.length > 0 && <PingMatrix pairs={check.pairs} />}
      {!check.passed && props.isOperator && <OpenIssue key={check.id} check={check.id} />}
    </>
  );
}
