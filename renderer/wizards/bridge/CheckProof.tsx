import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { BridgeCheck, BridgeDescription } from '../../../shared/schemas/bridge.ts';
import { addressOf } from '../../app/route.ts';
import { useApi } from '../../connection/client.ts';
import { CheckOutcome } from '../../components/bridge/CheckOutcome.tsx';
import { StepActions, StepHeading } from '../../components/wizard/Wizard.tsx';
import { CheckedNodes } from '../../components/bridge/CheckedNodes.tsx';

/** What a check saw: the frames, what is wrong, and each node's own word. */
export function CheckProof(props: { check: BridgeCheck; cables: BridgeDescription['cables'] }) {
  const { check, cables } = props;
  const { query } = useApi();
  const session = useQuery(query.session.info.queryOptions({ staleTime: 60_000 }));
  return (
    <div className="wizard-step-body">
      <div className="step-content">
        <StepHeading>{check.passed ? t`The bridge is in order` : t`The check failed`}</StepHeading>
        <CheckOutcome check={check} isNewest isOperator={session.data?.role === 'operator'} />
        <CheckedNodes check={check} cables={cables} />
      </div>
      <StepActions>
        <Button component="a" href={addressOf({ page: 'bridge' })} className="push">
          <Trans>Back to the bridge</Trans>
        </Button>
      </StepActions>
    </div>
  );
}
