import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { BackupOverview, CoverageState } from '../../../shared/schemas/backup-overview.ts';
import { Age } from '../../components/Age.tsx';
import { coverageMarks, coverageOrder } from '../../components/backups/backup-words.ts';
import { StateMark } from '../../components/StateMark.tsx';

/** How many guests are in which state, the worst first, and how old the knowledge is. */
export function SummaryLine({ overview }: { overview: BackupOverview }) {
  const { rows, discoveredAt } = overview;
  const counts = coverageOrder
    .map((state) => ({ state, count: rows.filter((row) => row.state === state).length }))
    .filter(({ count }) => count > 0);
  return (
    <div className="panel backups-summary">
      <ul aria-label={t`Guests by state`}>
        {counts.map(({ state, count }) => (
          <li key={state}>
            <StateMark state={coverageMarks[state]} label={words(state, count)} />
          </li>
        ))}
      </ul>
      {discoveredAt !== undefined && (
        <span className="quiet">
          <Trans>
            The nodes were asked <Age time={discoveredAt} oldAfterDays={1} />
          </Trans>
        </span>
      )}
    </div>
  );
}

function words(state: CoverageState, count: number): string {
  const all: Record<CoverageState, string> = {
    bad: plural(count, { one: '# guest is bad', other: '# guests are bad' }),
    unknown: plural(count, { one: '# guest is unknown', other: '# guests are unknown' }),
    warning: plural(count, { one: '# guest has a warning', other: '# guests have warnings' }),
    good: plural(count, { one: '# guest is good', other: '# guests are good' }),
    excluded: plural(count, { one: '# guest is excluded', other: '# guests are excluded' }),
  };
  return all[state];
}
