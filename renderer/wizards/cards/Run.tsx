import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { IconHandStop } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { ProblemRecord } from '../../../shared/problem.ts';
import type { CardPlan } from '../../../shared/schemas/card.ts';
import { addressOf } from '../../app/route.ts';
import { BlockMap } from '../../components/BlockMap.tsx';
import { ProblemNotice } from '../../components/ProblemNotice.tsx';
import { ProblemText } from '../../components/ProblemText.tsx';
import { focusWhenShown } from '../../components/focus-when-shown.ts';
import { StepActions, StepHeading } from '../../components/wizard/Wizard.tsx';
import { useApi } from '../../connection/client.ts';
import { problemOf } from '../../connection/problem-of.ts';
import { JobProgress } from '../../jobs/JobProgress.tsx';
import { jobStateWords } from '../../jobs/job-state-words.ts';
import type { JobView } from '../../jobs/job-view.ts';
import { mapProgress } from './map-progress.ts';
import { permissionAsked } from './permission.ts';
import { PermissionPanel } from './PermissionPanel.tsx';
import { PullNow } from './PullNow.tsx';
import { StateLeft } from './StateLeft.tsx';
import './run.css';

/** A card whose plan is not known here (another tab made it) is drawn as evenly full. */
const unknownCells: readonly number[] = Array.from({ length: 256 }, () => 1);

/** Step 4: the card filling, in a picture and in numbers, until it is proven, failed or stopped. */
export function Run(props: {
  id: string;
  view: JobView;
  plan: CardPlan | undefined;
  problem: ProblemRecord | undefined;
}) {
  const { view, plan } = props;
  const failure = props.problem ?? view.ended?.problem;
  const running = view.ended === undefined;
  const asked = permissionAsked(view);
  return (
    <div className="wizard-step-body">
      <div className="step-content">
        <StepHeading
          about={running ? t`It goes on without this window, and is found again under Jobs.` : undefined}
        >
          {headline(view)}
        </StepHeading>
        {failure && <ProblemNotice problem={failure} />}
        {asked && <PermissionPanel note={asked.note} reads={isVerify(view)} />}
        <JobProgress view={view}>
          {(running || !isVerify(view)) && (
            <BlockMap
              cells={plan?.write.cells ?? unknownCells}
              {...(plan
                ? { imageSize: plan.image.size, freeSpace: plan.freeSpace }
                : { note: t`drawn evenly: planned elsewhere` })}
              progress={mapProgress(view)}
            />
          )}
        </JobProgress>
      </div>
      <StepActions>
        <PullNow view={view} />
        <Button component="a" href={addressOf({ page: 'jobs' })} variant="default">
          <Trans>Jobs</Trans>
        </Button>
        {running ? <CancelButton id={props.id} view={view} /> : <NextAfterFailure view={view} />}
      </StepActions>
    </div>
  );
}

function headline(view: JobView): string {
  const reading = isVerify(view);
  if (!view.ended) return reading ? t`Reading the card` : t`Making the card`;
  if (view.ended.problem?.code === 'VERIFY_MISMATCH' && reading) return t`This card differs from its receipt`;
  if (reading && view.ended.outcome === 'failed') return t`The card could not be verified`;
  return view.ended.outcome === 'failed' ? t`The card was not made` : jobStateWords(view.ended.outcome);
}

function isVerify(view: JobView): boolean {
  return view.started?.kind === 'card-verify';
}

/** The choices of a burn are still there to be reviewed again; a card that was only read has none. */
function NextAfterFailure({ view }: { view: JobView }) {
  return isVerify(view) ? (
    <Button component="a" href={addressOf({ page: 'cards' })} className="push">
      <Trans>Back to the nodes</Trans>
    </Button>
  ) : (
    <Button component="a" href={addressOf({ page: 'burn', step: 'review' })} className="push">
      <Trans>Back to the review</Trans>
    </Button>
  );
}

/** Stopping is asked twice, with what it leaves behind between the two. */
function CancelButton({ id, view }: { id: string; view: JobView }) {
  const { query } = useApi();
  const [asked, setAsked] = useState(false);
  const cancel = useMutation(query.jobs.cancel.mutationOptions());
  if (cancel.isSuccess) {
    return <output className="push quiet">{t`Asked to stop. It stops at the next safe place.`}</output>;
  }
  if (!asked) {
    return (
      <Button
        variant="default"
        className="push"
        leftSection={<IconHandStop size={16} aria-hidden="true" />}
        onClick={() => setAsked(true)}
      >
        <Trans>Stop…</Trans>
      </Button>
    );
  }
  return (
    <>
      <span className="stop-words">
        {cancel.isError ? (
          <ProblemText problem={problemOf(cancel.error)} part="what" />
        ) : (
          <IfStoppedNow view={view} />
        )}
      </span>
      <span className="push actions">
        <Button variant="default" onClick={() => setAsked(false)} ref={focusWhenShown}>
          <Trans>Keep going</Trans>
        </Button>
        <Button color="danger" onClick={() => cancel.mutate({ id })} loading={cancel.isPending}>
          <Trans>Stop this job</Trans>
        </Button>
      </span>
    </>
  );
}

function IfStoppedNow({ view }: { view: JobView }) {
  return view.ifCutOff === undefined ? (
    <Trans>If you stop now: what was done so far is left as it is.</Trans>
  ) : (
    <Trans>
      If you stop now: <StateLeft view={view} />
    </Trans>
  );
}
