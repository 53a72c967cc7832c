import { t } from '@lingui/core/macro';
import { Plural, Trans } from '@lingui/react/macro';
import { TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import type { SessionLog } from '../../../shared/contract/session.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import { LabText } from '../../components/LabText.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { QueryView } from '../../components/QueryView.tsx';
import { useApi } from '../../connection/client.ts';
import { DiagnosticsSection } from './DiagnosticsSection.tsx';
import { LogEntryRow } from './LogEntryRow.tsx';
import './log.css';

const shownEntries = 500;

/** What went wrong behind the words on the screen, for a report of a bug. */
export function LogPage() {
  const { query } = useApi();
  const session = useQuery(query.session.info.queryOptions({ staleTime: 60_000 }));
  return (
    <div className="page">
      <PageHead
        title={t`Log`}
        about={t`What the program noted for its developers, in every window and terminal on this machine.`}
      />
      <QueryView result={session} waiting={t`Asking what you may see.`}>
        {({ role }) =>
          role === 'viewer' ? (
            <div className="panel empty">
              <h2>
                <Trans>The log is for operators</Trans>
              </h2>
              <p>
                <Trans>It can name what others asked for. Ask someone who has the operator link.</Trans>
              </p>
            </div>
          ) : (
            <>
              <DiagnosticsSection />
              <Entries />
            </>
          )
        }
      </QueryView>
    </div>
  );
}

function Entries() {
  const { query } = useApi();
  const log = useQuery(
    query.session.log.queryOptions({ input: { limit: shownEntries }, refetchInterval: 5_000 }),
  );
  return (
    <section className="section" aria-labelledby="log-entries">
      <h2 id="log-entries">
        <Trans>Entries, newest first</Trans>
      </h2>
      <QueryView result={log} waiting={t`Reading the log.`}>
        {(data) =>
          data.entries.length === 0 ? (
            <div className="panel empty">
              <h3>
                <Trans>Nothing has been logged</Trans>
              </h3>
              <p>
                <Trans>A line appears here when something fails in a way that Sifaka did not expect.</Trans>
              </p>
            </div>
          ) : (
            <FilteredEntries log={data} />
          )
        }
      </QueryView>
    </section>
  );
}

function FilteredEntries({ log }: { log: SessionLog }) {
  const [wanted, setWanted] = useState('');
  const counted = useId();
  const words = wanted.trim().toLowerCase();
  // What is seen is what is looked through: an escape is found as it is shown.
  const found = log.entries
    .map((entry, number) => ({ entry, number }))
    .toReversed()
    .filter(({ entry: { at = '', text } }) => terminalText(`${at} ${text}`).toLowerCase().includes(words));
  return (
    <>
      <div className="log-filter">
        <TextInput
          label={t`Only lines with`}
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
          aria-describedby={counted}
          autoComplete="off"
          spellCheck={false}
        />
        <output id={counted} className="quiet small">
          <Counted log={log} found={words === '' ? undefined : found.length} />
        </output>
      </div>
      {found.length === 0 ? (
        <p className="quiet">
          <Trans>No entry has these words.</Trans>
        </p>
      ) : (
        <ol className="panel logged" aria-label={t`Entries`}>
          {found.map(({ entry, number }) => (
            // Two entries can be the same but for their number.
            <LogEntryRow key={`${entry.at} ${number}`} entry={entry} />
          ))}
        </ol>
      )}
    </>
  );
}

function Counted({ log, found }: { log: SessionLog; found: number | undefined }) {
  const all = log.entries.length;
  const file = (
    <span className="mono">
      <LabText text={log.file} />
    </span>
  );
  if (found !== undefined) {
    return (
      <Trans>
        {found} of <Plural value={all} one="# entry" other="# entries" />, of {file}
      </Trans>
    );
  }
  return log.more ? (
    <Trans>
      <Plural value={all} one="# entry" other="# entries" />, the newest, of {file}
    </Trans>
  ) : (
    <Trans>
      <Plural value={all} one="# entry" other="# entries" />, of {file}
    </Trans>
  );
}
