import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button, Checkbox } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import type { UseMutationResult, UseQueryResult } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { problemOf, type ShownProblem } from '../../connection/problem-of.ts';
import { useSession } from '../../connection/use-session.ts';
import { ProblemNotice } from '../ProblemNotice.tsx';
import { Waiting } from '../QueryView.tsx';
import { UnlockButton } from '../secrets/UnlockButton.tsx';
import { StepActions, StepHeading } from './Wizard.tsx';

/** A plan is of its moment: it is made when the review opens, kept still while it is read, and never reused. */
export const ofThisMoment = { staleTime: 0, gcTime: 0, refetchOnWindowFocus: false } as const;

/**
 * The review of a plan. Its button runs exactly what is shown here, or nothing: what was refused is not offered again, it
 * takes a new review.
 */
export function ReviewStep<Planned extends { readonly digest: string }>(props: {
  title: string;
  about: string;
  /** While it is planned. */
  waiting: string;
  planned: UseQueryResult<Planned, unknown>;
  run: UseMutationResult<unknown, unknown, Planned>;
  back: { readonly href: string; readonly label: ReactNode };
  /** In the place of the button's reason, for who may only look. */
  viewerWords: string;
  /** Why it cannot be run as it is; nothing when it can. */
  refused: (planned: Planned) => string | undefined;
  /** What can be done here about why there is no plan; `planAgain` once it was done. */
  mend?: (problem: ShownProblem, planAgain: () => void) => ReactNode;
  /** What would be lost, to be agreed to by name first: one stray click must not cost anybody's data. */
  loss?: (planned: Planned) => ReactNode;
  /** What is said while the operator is asked elsewhere. */
  asked?: string | undefined;
  button: {
    /** Names what is done to what; never "OK". */
    readonly label: (planned: Planned | undefined) => string;
    readonly icon: ReactNode;
    readonly isDangerous: boolean;
  };
  children: (planned: Planned) => ReactNode;
}) {
  const { planned, run } = props;
  const { isViewer } = useSession();
  const [agreedTo, agreeTo] = useState<string>();
  const shown = planned.isFetching || planned.isError || run.isError ? undefined : planned.data;
  const refused = shown && props.refused(shown);
  const loss = shown === undefined || refused !== undefined ? undefined : props.loss?.(shown);
  const isAgreed = loss === undefined || agreedTo === shown?.digest;
  const isReady = shown !== undefined && refused === undefined && !isViewer && isAgreed;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (shown && isReady && !run.isPending) run.mutate(shown);
  };
  const planAgain = () => {
    run.reset();
    void planned.refetch();
  };
  return (
    <form onSubmit={submit}>
      <div className="step-content">
        <StepHeading about={props.about}>{props.title}</StepHeading>
        {planned.isFetching && <Waiting words={props.waiting} />}
        {planned.isError && !planned.isFetching && (
          <Refused error={planned.error} words={t`Plan again`} onAgain={planAgain} mend={props.mend} />
        )}
        {run.isError && <Refused error={run.error} words={t`Review again`} onAgain={planAgain} />}
        {shown && props.children(shown)}
      </div>
      <StepActions>
        <Button
          component="a"
          href={props.back.href}
          variant="default"
          leftSection={<IconArrowLeft size={16} aria-hidden="true" />}
        >
          {props.back.label}
        </Button>
        {isViewer && <span className="quiet">{props.viewerWords}</span>}
        {shown && (
          <Button variant="default" onClick={planAgain} disabled={run.isPending}>
            <Trans>Plan again</Trans>
          </Button>
        )}
        {refused !== undefined && <span className="quiet">{refused}</span>}
        {props.asked !== undefined && <output className="push review-asked">{props.asked}</output>}
        {shown && loss !== undefined && props.asked === undefined && (
          <Checkbox
            className="push"
            label={loss}
            checked={isAgreed}
            onChange={(event) => agreeTo(event.currentTarget.checked ? shown.digest : undefined)}
          />
        )}
        <Button
          type="submit"
          {...(props.button.isDangerous ? { color: 'danger' } : {})}
          className="push"
          leftSection={props.button.icon}
          disabled={!isReady}
          loading={run.isPending}
        >
          {props.button.label(shown)}
        </Button>
      </StepActions>
    </form>
  );
}

function Refused(props: {
  error: unknown;
  words: string;
  onAgain: () => void;
  mend?: ((problem: ShownProblem, planAgain: () => void) => ReactNode) | undefined;
}) {
  const problem = problemOf(props.error);
  return (
    <>
      <ProblemNotice problem={problem}>
        {problem.code === 'IDENTITY_LOCKED' && <UnlockButton onUnlocked={props.onAgain} />}
        <Button variant="default" size="xs" onClick={props.onAgain}>
          {props.words}
        </Button>
      </ProblemNotice>
      {props.mend?.(problem, props.onAgain)}
    </>
  );
}
