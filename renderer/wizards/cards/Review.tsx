import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button, Checkbox } from '@mantine/core';
import { IconArrowLeft, IconFlame } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { overwritesForeign } from '../../../shared/overwrites.ts';
import type { CardPlan, PlannedCard } from '../../../shared/schemas/card.ts';
import { addressOf, goTo } from '../../app/route.ts';
import { ProblemNotice } from '../../components/ProblemNotice.tsx';
import { Waiting } from '../../components/QueryView.tsx';
import { StepActions, StepHeading } from '../../components/wizard/Wizard.tsx';
import { useApi } from '../../connection/client.ts';
import { problemOf } from '../../connection/problem-of.ts';
import { UnlockButton } from '../../components/secrets/UnlockButton.tsx';
import { type ChosenTarget, useCardWizard } from '../../stores/card-wizard.ts';
import { Contents } from './Contents.tsx';
import { PlanReview } from './PlanReview.tsx';
import { targetName } from './target-name.ts';

/** Step 3: the plan, in full. The red button runs exactly what is shown here, or nothing. */
export function Review({ node, target }: { node: string; target: ChosenTarget }) {
  const { client, query } = useApi();
  const queryClient = useQueryClient();
  const session = useQuery(query.session.info.queryOptions({ staleTime: 60_000 }));
  const rememberPlan = useCardWizard((store) => store.rememberPlan);
  const planned = useQuery(
    query.cards.plan.queryOptions({
      input: { node, target: target.request },
      // A plan is of its moment: it is made when the review opens, kept still while it is read, and never reused.
      staleTime: 0,
      gcTime: 0,
      refetchOnWindowFocus: false,
    }),
  );
  const [isAsked, setIsAsked] = useState(false);
  const asking = useRef<AbortController>(undefined);
  // Who leaves the review takes the question back: a yes to it later would burn what nobody looks at any more.
  useEffect(() => () => asking.current?.abort(), []);
  const burn = useMutation({
    mutationFn: async (shown: PlannedCard) => {
      const { signal } = (asking.current = new AbortController());
      setIsAsked(true);
      const { confirmation } = await client.cards
        .confirm({ planDigest: shown.digest }, { signal })
        .finally(() => setIsAsked(false));
      signal.throwIfAborted();
      return client.cards.burn({ planDigest: shown.digest, confirmation });
    },
    onSuccess: ({ jobId }, shown) => {
      rememberPlan(shown);
      goTo({ page: 'card-job', id: jobId });
    },
  });
  const viewer = session.data?.role === 'viewer';
  // What was refused is not offered again: it takes a new review.
  const shown = planned.isFetching || planned.isError || burn.isError ? undefined : planned.data;
  // One stray click must not cost anybody's data: what is on the target now is agreed to by name first.
  const [agreedTo, agreeTo] = useState<string>();
  const loss = shown && lossOf(shown.plan);
  const question = isAsked && shown ? whereAsked(shown.plan, session.data?.asksIn) : '';
  const ready = shown !== undefined && !viewer && (loss === undefined || agreedTo === shown.digest);
  const run = (event: FormEvent) => {
    event.preventDefault();
    if (shown && ready && !burn.isPending) burn.mutate(shown);
  };
  const planAgain = () => {
    burn.reset();
    void queryClient.invalidateQueries({ queryKey: query.drives.key() });
    void planned.refetch();
  };

  return (
    <form onSubmit={run}>
      <div className="step-content">
        <StepHeading about={t`Nothing has been written yet.`}>{t`Review what will happen`}</StepHeading>
        {planned.isFetching && (
          <Waiting
            words={t`Checking the golden image and working out every file. The first time this decompresses the image, which can take a few minutes.`}
          />
        )}
        {planned.isError && !planned.isFetching && <PlanProblem error={planned.error} onAgain={planAgain} />}
        {burn.isError && (
          <ProblemNotice problem={problemOf(burn.error)}>
            <Button variant="default" size="xs" onClick={planAgain}>
              <Trans>Review again</Trans>
            </Button>
          </ProblemNotice>
        )}
        {shown && <PlanReview planned={shown} />}
      </div>
      <StepActions>
        <Button
          component="a"
          href={addressOf({ page: 'burn', step: 'target' })}
          variant="default"
          leftSection={<IconArrowLeft size={16} aria-hidden="true" />}
        >
          <Trans>Target</Trans>
        </Button>
        {viewer && <span className="quiet">{t`A viewer cannot burn.`}</span>}
        {question !== '' && <output className="push review-asked">{question}</output>}
        {shown && loss && !viewer && question === '' && (
          <Checkbox
            className="push"
            label={<LossAgreedTo contents={loss} />}
            checked={agreedTo === shown.digest}
            onChange={(event) => agreeTo(event.currentTarget.checked ? shown.digest : undefined)}
          />
        )}
        <Button
          type="submit"
          color="danger"
          className="push burn-button"
          leftSection={<IconFlame size={16} aria-hidden="true" />}
          disabled={!ready}
          loading={burn.isPending}
        >
          {burnLabel(node, target)}
        </Button>
      </StepActions>
    </form>
  );
}

/** Where the last question is asked, before what is not Sifaka's own is overwritten. */
function whereAsked({ target }: CardPlan, asksIn: 'window' | 'terminal' | 'nowhere' | undefined): string {
  if (!overwritesForeign(target) || asksIn === undefined || asksIn === 'nowhere') return '';
  return asksIn === 'window'
    ? t`Sifaka asks once more, in a window of the system. Nothing is written until you have answered there.`
    : t`Sifaka asks once more, in the terminal it was started in. Nothing is written until you have answered there.`;
}

/** What would be lost, to be agreed to; `undefined` where there is nothing to lose. */
function lossOf({ target }: CardPlan): string | undefined {
  if (target.kind === 'new-file') return undefined;
  // What a real drive holds may be there without being recognised.
  if (target.kind !== 'drive' && target.contents === 'empty') return undefined;
  return target.contents;
}

function LossAgreedTo({ contents }: { contents: string }) {
  return (
    <Trans>
      Erase what is on it now: <Contents text={contents} />
    </Trans>
  );
}

/** Names what is erased and what comes in its place; never "OK". */
function burnLabel(node: string, target: ChosenTarget): string {
  const name = targetName({ kind: target.request.kind, label: target.label });
  return target.request.kind === 'new-file'
    ? t`Create ${name} and burn ${node}`
    : t`Erase ${name} and burn ${node}`;
}

function PlanProblem({ error, onAgain }: { error: unknown; onAgain: () => void }) {
  const problem = problemOf(error);
  return (
    <ProblemNotice problem={problem}>
      {problem.code === 'IDENTITY_LOCKED' && <UnlockButton onUnlocked={onAgain} />}
      <Button variant="default" size="xs" onClick={onAgain}>
        <Trans>Plan again</Trans>
      </Button>
    </ProblemNotice>
  );
}
