import { i18n } from '@lingui/core';
import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import type { ChangelogEntry } from '../../../shared/schemas/changelog.ts';
import { Age } from '../../components/Age.tsx';
import { LabText } from '../../components/LabText.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { QueryView } from '../../components/QueryView.tsx';
import { useApi } from '../../connection/client.ts';
import './logbook.css';

const shownEntries = 200;

/** What was changed or proven, newest first; append-only, in the lab itself. */
export function LogbookPage() {
  const { query } = useApi();
  const entries = useQuery(query.lab.logbook.queryOptions({ input: { limit: shownEntries } }));
  return (
    <div className="page">
      <PageHead
        title={t`Logbook`}
        about={t`Every change and every passed check, kept in the lab folder. Nothing in it is ever rewritten.`}
      />
      <QueryView result={entries} waiting={t`Reading the logbook.`}>
        {(data) =>
          data.length === 0 ? (
            <div className="panel empty">
              <h2>
                <Trans>Nothing is logged yet</Trans>
              </h2>
              <p>
                <Trans>
                  The first card you burn, or the first value you set, is written to <code>CHANGELOG.md</code>{' '}
                  and to the cluster's changelog.
                </Trans>
              </p>
            </div>
          ) : (
            <ol className="log-days" aria-label={t`Entries`}>
              {groupByDay(data).map(({ day, entries: ofDay }) => (
                <li key={day} className="log-day">
                  <h2>
                    <time dateTime={ofDay[0]?.timestamp}>{day}</time>
                  </h2>
                  <ol className="panel log-entries">
                    {ofDay.map((entry) => (
                      <LogEntry key={entry.id} entry={entry} />
                    ))}
                  </ol>
                </li>
              ))}
            </ol>
          )
        }
      </QueryView>
    </div>
  );
}

function LogEntry({ entry }: { entry: ChangelogEntry }) {
  return (
    <li className="log-entry">
      <div className="log-entry-head">
        <span className="tag">
          <LabText text={entry.project} />
        </span>
        <strong>
          <LabText text={entry.summary} />
        </strong>
        <span className="quiet small log-entry-age">
          <Age time={entry.timestamp} />
        </span>
      </div>
      {entry.reason !== '' && (
        <p className="quiet">
          <LabText text={entry.reason} />
        </p>
      )}
      {(entry.details.length > 0 || entry.affectedResources.length > 0 || entry.issue !== null) && (
        <details>
          <summary className="small">
            <Trans>Details</Trans>
          </summary>
          <ul className="small log-details">
            {entry.details.map((line) => (
              <li key={line}>
                <LabText text={line} />
              </li>
            ))}
            {entry.affectedResources.map((resource) => (
              <li key={resource} className="mono">
                <LabText text={resource} />
              </li>
            ))}
            {entry.issue !== null && (
              <li>
                <LabText text={entry.issue} />
              </li>
            )}
          </ul>
        </details>
      )}
    </li>
  );
}

function groupByDay(entries: readonly ChangelogEntry[]): { day: string; entries: ChangelogEntry[] }[] {
  const days: { day: string; entries: ChangelogEntry[] }[] = [];
  for (const entry of entries) {
    const day = new Date(entry.timestamp).toLocaleDateString(i18n.locale, {
      weekday: 'long',
      year: 'numeric',
      month: 'long',
      day: 'numeric',
    });
    const last = days.at(-1);
    if (last?.day === day) last.entries.push(entry);
    else days.push({ day, entries: [entry] });
  }
  return days;
}
