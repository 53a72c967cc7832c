import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button, Radio } from '@mantine/core';
import { IconArrowRight } from '@tabler/icons-react';
import type { FormEvent } from 'react';
import type { SyncDirectionState, SyncOverview } from '../../../shared/schemas/sync-overview.ts';
import type { SyncChoice } from '../../../shared/schemas/sync-plans.ts';
import { addressOf, goTo } from '../../app/route.ts';
import { LabText } from '../../components/LabText.tsx';
import { QueryView } from '../../components/QueryView.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { DirectionName } from '../../components/sync/DirectionName.tsx';
import { useSyncOverview } from '../../components/sync/use-sync-overview.ts';
import { StepActions, StepHeading } from '../../components/wizard/Wizard.tsx';
import { useSyncWizard } from '../../stores/sync-wizard.ts';

/** Step 1: which pair, and which way. */
export function ChooseDirection() {
  const overview = useSyncOverview({ store: false });
  const { choice } = useSyncWizard();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (choice !== undefined) goTo({ page: 'sync-run', step: 'review' });
  };
  return (
    <form onSubmit={submit}>
      <div className="step-content">
        <StepHeading about={t`One pass goes one way: from the first folder to the second.`}>
          <Trans>Which pair, and which way?</Trans>
        </StepHeading>
        <QueryView result={overview} waiting={t`Reading the pairs of the lab.`}>
          {(data) => <Pairs overview={data} choice={choice} />}
        </QueryView>
      </div>
      <StepActions>
        <Button component="a" href={addressOf({ page: 'sync' })} variant="default">
          <Trans>Sync</Trans>
        </Button>
        <Button
          type="submit"
          className="push"
          rightSection={<IconArrowRight size={16} aria-hidden="true" />}
          disabled={choice === undefined}
        >
          <Trans>Look at both sides</Trans>
        </Button>
      </StepActions>
    </form>
  );
}

function Pairs({ overview, choice }: { overview: SyncOverview; choice: SyncChoice | undefined }) {
  if (overview.pairs.length === 0) {
    return (
      <p className="panel empty">
        <Trans>
          The lab has no pairs yet. They stand in <code>sync/pairs.yaml</code>.
        </Trans>
      </p>
    );
  }
  return overview.pairs.map(({ pair, directions }) => (
    <fieldset key={pair} className="panel pair-choice">
      <legend>
        <LabText text={pair} />
      </legend>
      {directions.map((direction) => (
        <Choice
          key={direction.direction}
          pair={pair}
          direction={direction}
          isChosen={choice?.pair === pair && choice.direction === direction.direction}
        />
      ))}
    </fieldset>
  ));
}

function Choice(props: { pair: string; direction: SyncDirectionState; isChosen: boolean }) {
  const { direction } = props;
  const { choose } = useSyncWizard();
  return (
    <Radio
      className="direction-choice"
      name="direction"
      checked={props.isChosen}
      onChange={() => choose({ pair: props.pair, direction: direction.direction })}
      label={
        <span className="direction-choice-name">
          <DirectionName from={direction.from} to={direction.to} />
          {direction.blocked && <StateMark state="danger" label={t`Blocked`} />}
          {direction.deleteMissing && <StateMark state="warning" label={t`Deletes what is gone`} />}
        </span>
      }
      description={
        <span className="mono">
          <LabText text={direction.src} /> → <LabText text={direction.dest} />
        </span>
      }
    />
  );
}
