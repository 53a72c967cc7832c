import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { ShownSyncPlan } from '../../../shared/schemas/sync-plans.ts';
import { Age } from '../../components/Age.tsx';
import { LabText } from '../../components/LabText.tsx';
import { ProblemNotice } from '../../components/ProblemNotice.tsx';
import { NoticeList } from '../../components/sync/NoticeList.tsx';
import { TwoTrees } from '../../components/sync/TwoTrees.tsx';
import { PlanPrint } from '../../components/wizard/PlanPrint.tsx';
import { formatBytes, formatCount } from '../../text/format.ts';
import { StayingList } from './StayingList.tsx';

/** What a run would do: how much, why it would not begin, what to look at, and file by file. */
export function SyncPlanView({ plan, digest }: { plan: ShownSyncPlan; digest: string }) {
  const { counts, stop, notices, furtherNotices, operations, furtherOperations } = plan;
  return (
    <>
      {stop && <ProblemNotice problem={stop} />}
      {plan.alreadyCurrentSince !== undefined && (
        <p className="quiet">
          <Trans>
            The same as at the dry run <Age time={plan.alreadyCurrentSince} />: nothing has changed since.
          </Trans>
        </p>
      )}
      <Counts counts={counts} />
      {counts.conflicts > 0 && (
        <p className="panel sync-conflicts">
          {plural(counts.conflicts, {
            one: 'Both sides have changed # file since they were the same. The newest stays; the other goes to the trash.',
            other:
              'Both sides have changed # files since they were the same. The newest of each stays; the other goes to the trash.',
          })}
        </p>
      )}
      {notices.length > 0 && (
        <section className="section" aria-labelledby="sync-notices">
          <h3 id="sync-notices">
            <Trans>To look at</Trans>
          </h3>
          <NoticeList label={t`To look at`} notices={notices} further={furtherNotices} />
        </section>
      )}
      {operations.length === 0 ? (
        <p className="panel empty">{nothingWords(plan)}</p>
      ) : (
        <section className="section" aria-labelledby="sync-operations">
          <h3 id="sync-operations">
            <Trans>File by file</Trans>
          </h3>
          <TwoTrees plan={plan} />
          {furtherOperations > 0 && (
            <p className="quiet">
              {plural(furtherOperations, {
                one: '# more is done and not shown here; the dry run has all of them.',
                other: '# more are done and not shown here; the dry run has all of them.',
              })}
            </p>
          )}
        </section>
      )}
      {plan.staying.length > 0 && <StayingList plan={plan} />}
      <p className="quiet">
        <Trans>
          What loses goes to{' '}
          <span className="mono">
            <LabText text={plan.trash} />
          </span>{' '}
          and stays there {plural(plan.trashRetainDays, { one: '# day', other: '# days' })}.
        </Trans>
      </p>
      <PlanPrint digest={digest} />
    </>
  );
}

/** Of a pass with nothing to do: whether the other one has something, as far as the counts say it. */
function nothingWords({ counts, notices }: ShownSyncPlan): string {
  if (counts.alignments > 0 || notices.length > 0) return t`No file is to be copied in this direction.`;
  const newer = counts.common - counts.equal;
  const onlyThere = counts.destination - counts.common;
  if (newer + onlyThere === 0) return t`Both sides are as they should be.`;
  return plural(newer + onlyThere, {
    one: 'Nothing is to be done in this direction. # file is newer on the destination, or only there: the other direction brings it over.',
    other:
      'Nothing is to be done in this direction. # files are newer on the destination, or only there: the other direction brings them over.',
  });
}

function Counts({ counts }: { counts: ShownSyncPlan['counts'] }) {
  const figures = [
    { label: t`Create`, value: formatCount(counts.creates) },
    { label: t`Replace`, value: formatCount(counts.updates) },
    { label: t`Delete`, value: formatCount(counts.deletes) },
    { label: t`Conflicts`, value: formatCount(counts.conflicts) },
    { label: t`Only the time`, value: formatCount(counts.alignments) },
    { label: t`Equal`, value: formatCount(counts.equal) },
    { label: t`To copy`, value: formatBytes(counts.bytes) },
  ];
  return (
    <dl className="panel sync-counts">
      {figures.map(({ label, value }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
