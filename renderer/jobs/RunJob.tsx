import { t } from '@lingui/core/macro';
import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { ProblemRecord } from '../../shared/problem.ts';
import { ProblemNotice } from '../components/ProblemNotice.tsx';
import { ProblemText } from '../components/ProblemText.tsx';
import { StepActions, StepHeading } from '../components/wizard/Wizard.tsx';
import { useApi } from '../connection/client.ts';
import { problemOf } from '../connection/problem-of.ts';
import { JobProgress } from './JobProgress.tsx';
import { jobStateWords } from './job-state-words.ts';
import type { JobView } from './job-view.ts';
import { Lanes } from './Lanes.tsx';
import { lanesOf } from './lanes.ts';

/** A job while it runs: a lane for each thing that it works on, how far it is, and the way to end it at once. */
export function RunJob(props: {
  id: string;
  view: JobView;
  /** Why it cannot be followed. */
  problem: ProblemRecord | undefined;
  /** What it does, while it does it. */
  doing: string;
  /** What its lanes are. */
  lanesLabel: string;
  home: { href: string; label: ReactNode };
  /** The button that ends it. */
  end: Pick<EndNowProps, 'label' | 'icon' | 'asked' | 'isDangerous'>;
  /** Between its lanes and its progress. */
  children?: ReactNode;
}) {
  const { view } = props;
  const lanes = lanesOf(view);
  const failure = props.problem ?? view.ended?.problem;
  return (
    <div className="wizard-step-body">
      <div className="step-content">
        <StepHeading
          about={view.ended ? undefined : t`It goes on without this window, and is found again under Jobs.`}
        >
          {view.ended ? jobStateWords(view.ended.outcome) : props.doing}
        </StepHeading>
        {failure && <ProblemNotice problem={failure} />}
        {lanes.length > 0 && <Lanes label={props.lanesLabel} lanes={lanes} />}
        {props.children}
        <JobProgress view={view} />
      </div>
      <StepActions>
        <Button component="a" href={props.home.href} variant="default">
          {props.home.label}
        </Button>
        {!view.ended && <EndNow id={props.id} {...props.end} />}
      </StepActions>
    </div>
  );
}

interface EndNowProps {
  readonly id: string;
  readonly label: ReactNode;
  readonly icon: ReactNode;
  /** What is said once it was asked. */
  readonly asked: string;
  readonly isDangerous?: boolean;
}

/** Ending a job is the safe thing to do, so it is not asked twice. */
function EndNow({ id, label, icon, asked, isDangerous = false }: EndNowProps) {
  const { query } = useApi();
  const cancel = useMutation(query.jobs.cancel.mutationOptions());
  if (cancel.isSuccess) return <output className="push quiet">{asked}</output>;
  return (
    <>
      {cancel.isError && (
        <span className="roll-back-words">
          <ProblemText problem={problemOf(cancel.error)} part="what" />
        </span>
      )}
      <Button
        {...(isDangerous ? { color: 'danger' } : { variant: 'default' })}
        className="push"
        leftSection={icon}
        loading={cancel.isPending}
        onClick={() => cancel.mutate({ id })}
      >
        {label}
      </Button>
    </>
  );
}
