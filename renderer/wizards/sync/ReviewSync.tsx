import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { IconRefresh, IconTag } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { PlannedSync, ShownSyncPlan, SyncChoice } from '../../../shared/schemas/sync-plans.ts';
import { addressOf, goTo } from '../../app/route.ts';
import { LabText } from '../../components/LabText.tsx';
import { ProblemNotice } from '../../components/ProblemNotice.tsx';
import { ofThisMoment, ReviewStep } from '../../components/wizard/ReviewStep.tsx';
import { useApi } from '../../connection/client.ts';
import { problemOf, type ShownProblem } from '../../connection/problem-of.ts';
import { useSession } from '../../connection/use-session.ts';
import { SyncPlanView } from './SyncPlanView.tsx';

/** Step 2: a dry run, with both sides as trees. Its button does exactly that. */
export function ReviewSync({ choice }: { choice: SyncChoice }) {
  const { client, query } = useApi();
  const { isOperator } = useSession();
  const planned = useQuery(
    query.sync.plan.queryOptions({ input: choice, enabled: isOperator, ...ofThisMoment }),
  );
  const run = useMutation({
    mutationFn: async ({ digest, plan: { toAgreeTo } }: PlannedSync) => {
      const { confirmation } = await client.sync.confirm({ planDigest: digest });
      const agreed = toAgreeTo && { agreed: toAgreeTo };
      return client.sync.run({ planDigest: digest, confirmation, ...agreed });
    },
    onSuccess: ({ jobId }) => goTo({ page: 'sync-job', id: jobId }),
  });
  return (
    <ReviewStep
      title={t`Review what will be done`}
      about={t`This was a dry run: no file has been changed.`}
      waiting={t`Comparing both sides.`}
      planned={planned}
      run={run}
      back={{ href: addressOf({ page: 'sync-run', step: 'choose' }), label: <Trans>Choice</Trans> }}
      viewerWords={t`A viewer cannot run a pair.`}
      mend={mendOf(choice)}
      refused={({ plan }) => refusedWords(plan)}
      loss={({ plan }) => lossOf(plan)}
      button={{
        label: (shown) => runLabel(shown?.plan),
        icon: <IconRefresh size={16} aria-hidden="true" />,
        isDangerous: takesAway(planned.data?.plan.counts),
      }}
    >
      {({ plan, digest }) => <SyncPlanView plan={plan} digest={digest} />}
    </ReviewStep>
  );
}

/** What a new pair lacks is put there by a button. */
const mendOf =
  ({ pair }: SyncChoice) =>
  ({ code }: ShownProblem, planAgain: () => void) =>
    code === 'SYNC_ROOT_UNMARKED' ? <MarkPair pair={pair} onMarked={planAgain} /> : null;

/** A pair is marked by hand, once: whoever does it has seen that both folders are the right ones. */
function MarkPair({ pair, onMarked }: { pair: string; onMarked: () => void }) {
  const { query } = useApi();
  const mark = useMutation(query.sync.initPair.mutationOptions({ onSuccess: onMarked }));
  return (
    <section className="panel mark-pair" aria-labelledby="mark-pair">
      <h3 id="mark-pair">
        <Trans>Is this a new pair?</Trans>
      </h3>
      <p>
        <Trans>
          Both folders get a mark, a small file called <code>.sifaka-sync.json</code>. Nothing is run without
          it, so that a share which is not mounted is never taken for an empty folder. Look first that both
          are mounted now.
        </Trans>
      </p>
      {mark.isError && <ProblemNotice problem={problemOf(mark.error)} />}
      <Button
        variant="default"
        leftSection={<IconTag size={16} aria-hidden="true" />}
        loading={mark.isPending}
        onClick={() => mark.mutate({ pair })}
      >
        {t`Mark both folders of ${pair}`}
      </Button>
    </section>
  );
}

function refusedWords({ stop, toAgreeTo, counts, operations }: ShownSyncPlan): string | undefined {
  if (stop !== undefined && toAgreeTo === undefined) return t`Refused for the reason above.`;
  return operations.length + counts.alignments === 0 ? t`Nothing is to be done.` : undefined;
}

/** Of what is more than the pair allows by itself: how many files, and where. */
function lossOf({ toAgreeTo, dest }: ShownSyncPlan): ReactNode {
  if (toAgreeTo === undefined) return undefined;
  const { replaces, deletes } = toAgreeTo;
  const folder = <LabText text={dest} />;
  const replaced = plural(replaces, { one: '# file', other: '# files' });
  const deleted = plural(deletes, { one: '# file', other: '# files' });
  if (deletes === 0)
    return (
      <Trans>
        Replace {replaced} in {folder} all the same
      </Trans>
    );
  if (replaces === 0)
    return (
      <Trans>
        Delete {deleted} in {folder} all the same
      </Trans>
    );
  return (
    <Trans>
      Replace {replaced} in {folder} and delete {deleted} there all the same
    </Trans>
  );
}

function takesAway(counts: ShownSyncPlan['counts'] | undefined): boolean {
  return counts !== undefined && counts.updates + counts.deletes > 0;
}

/** Names the pair, the way and how many files; folders and times alone are not counted. */
function runLabel(plan: ShownSyncPlan | undefined): string {
  if (plan === undefined) return t`Run`;
  const { pair, from, to, counts, operations } = plan;
  if (operations.length + counts.alignments === 0) return t`Run`;
  const count = counts.creates + counts.updates + counts.deletes;
  if (count === 0) return t`Bring ${pair} up to date from ${from} to ${to}`;
  const changes = plural(count, { one: '# change', other: '# changes' });
  return t`Make ${changes} of ${pair} from ${from} to ${to}`;
}
