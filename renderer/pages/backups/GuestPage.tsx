import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import type { Coverage } from '../../../shared/schemas/backup-overview.ts';
import { addressOf } from '../../app/route.ts';
import { Age } from '../../components/Age.tsx';
import {
  checksumMarks,
  checksumWords,
  coverageMarks,
  coverageWords,
  offsiteMarks,
  offsiteWords,
} from '../../components/backups/backup-words.ts';
import { CalendarGrid } from '../../components/backups/CalendarGrid.tsx';
import { calendarWords } from '../../components/backups/day-words.ts';
import { guestAddress } from '../../components/backups/guest-address.ts';
import { Reasons } from '../../components/backups/Reasons.tsx';
import { SizeTrend } from '../../components/backups/SizeTrend.tsx';
import { useOverview } from '../../components/backups/use-overview.ts';
import { LabCommand } from '../../components/LabCommand.tsx';
import { LabText } from '../../components/LabText.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { QueryView } from '../../components/QueryView.tsx';
import { ServiceText } from '../../components/ServiceText.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { formatBytes, formatDuration } from '../../text/format.ts';
import { ArchivesOf } from './ArchivesOf.tsx';
import { GuestButtons } from './GuestButtons.tsx';
import { Until } from './Until.tsx';
import './backups.css';

/** One guest: whether it could be restored tonight, why not, and every archive of it. */
export function GuestPage({ address }: { address: string }) {
  const overview = useOverview();
  return (
    <QueryView result={overview} waiting={t`Reading what is known of the backups.`}>
      {({ rows }) => {
        const row = rows.find((one) => guestAddress(one) === address);
        return row === undefined ? <UnknownGuest address={address} /> : <KnownGuest row={row} />;
      }}
    </QueryView>
  );
}

function UnknownGuest({ address }: { address: string }) {
  return (
    <div className="page">
      <PageHead
        title={t`No such guest`}
        about={
          <Trans>
            Neither the last discovery nor the records know <LabText text={address} />.
          </Trans>
        }
      />
      <p>
        <a href={addressOf({ page: 'backups' })}>
          <Trans>See every guest</Trans>
        </a>
      </p>
    </div>
  );
}

function KnownGuest({ row }: { row: Coverage }) {
  const address = guestAddress(row);
  const { guest, reasons, state } = row;
  return (
    <div className="page backups-page">
      <PageHead
        title={<LabText text={guest.name ?? address} />}
        about={
          <span className="mono">
            <LabText text={`${guest.type} ${address}`} />
          </span>
        }
      >
        <GuestButtons address={address} hasArchives={row.archives > 0 || row.lastGoodAt !== undefined} />
      </PageHead>
      <section className="section" aria-labelledby="guest-state">
        <h2 id="guest-state">
          <Trans>Could it be restored tonight?</Trans>
        </h2>
        {reasons.length > 0 ? (
          <Reasons reasons={reasons} />
        ) : (
          <div className="panel guest-calm">
            <StateMark
              state={coverageMarks[state]}
              label={state === 'excluded' ? t`The policy leaves it out: nobody backs it up.` : t`Yes.`}
            />
          </div>
        )}
        <LabCommand command={`backups status ${address}`} />
      </section>
      <Facts row={row} />
      <section className="section" aria-labelledby="guest-calendar">
        <h2 id="guest-calendar">
          <Trans>The last eight weeks</Trans>
        </h2>
        <CalendarGrid
          label={t`Backups by day`}
          rows={[{ key: address, name: <LabText text={guest.name ?? address} />, days: row.days }]}
        />
        <p className="quiet">{calendarWords(row.days)}.</p>
        <Gaps gaps={row.gaps} />
      </section>
      <ArchivesOf address={address} />
    </div>
  );
}

function Facts({ row }: { row: Coverage }) {
  const { restoreTest, nextPrune, nextRunAt } = row;
  return (
    <dl className="facts panel">
      <Fact label={t`State`}>
        <StateMark state={coverageMarks[row.state]} label={coverageWords(row.state)} />
      </Fact>
      <Fact label={t`Rule`}>
        {row.rule === undefined ? (
          <span className="quiet">
            <Trans>none</Trans>
          </span>
        ) : (
          <Rule name={row.rule} hours={row.windowHours ?? 0} />
        )}
      </Fact>
      <Fact label={t`Last good`}>
        {row.lastGoodAt === undefined ? <Trans>never</Trans> : <Age time={row.lastGoodAt} />}
      </Fact>
      <Fact label={t`Size`}>
        <SizeTrend sizes={row.sizes} />
      </Fact>
      <Fact label={t`All of them`}>{heldWords(row)}</Fact>
      <Fact label={t`Copies`}>
        <StateMark state={offsiteMarks[row.offsite]} label={offsiteWords(row.offsite)} />
      </Fact>
      <Fact label={t`Digest`}>
        <StateMark state={checksumMarks[row.checksum]} label={checksumWords(row.checksum)} />{' '}
        {row.checkedAt !== undefined && <Age time={row.checkedAt} />}
      </Fact>
      <Fact label={t`Restored as a test`}>
        {restoreTest === undefined ? (
          <StateMark state="none" label={t`Never`} />
        ) : (
          <>
            <StateMark state={restoreTest.passed ? 'ok' : 'danger'} label={<Age time={restoreTest.at} />} />{' '}
            <ServiceText text={restoreTest.detail} />
          </>
        )}
      </Fact>
      <Fact label={t`Next run`}>
        {nextRunAt === undefined ? (
          <span className="quiet">
            <Trans>not scheduled</Trans>
          </span>
        ) : (
          <Until time={nextRunAt} />
        )}
      </Fact>
      <Fact label={t`Next prune`}>
        {nextPrune === undefined ? (
          <span className="quiet">
            <Trans>nothing would be removed</Trans>
          </span>
        ) : (
          <div className="stacked">
            <span>{plural(nextPrune.count, { one: '# archive', other: '# archives' })}</span>
            <span className="mono small">
              <LabText text={nextPrune.archive} />
            </span>
            <ServiceText text={nextPrune.why} />
          </div>
        )}
      </Fact>
    </dl>
  );
}

function Rule({ name, hours }: { name: string; hours: number }) {
  return (
    <Trans>
      <LabText text={name} />, a success every {hours} h
    </Trans>
  );
}

function heldWords({ archives, bytes }: Coverage): string {
  const size = formatBytes(bytes);
  const count = plural(archives, { one: '# archive', other: '# archives' });
  return t`${count}, ${size}`;
}

/** What the calendar cannot show of a gap: how long it was, to the hour. */
function Gaps({ gaps }: { gaps: Coverage['gaps'] }) {
  if (gaps.length === 0) return null;
  return (
    <ul className="guest-gaps">
      {gaps.map(({ from, to, hours }) => (
        <li key={from}>
          <GapWords from={from} to={to} duration={formatDuration(hours * 3600)} />
        </li>
      ))}
    </ul>
  );
}

function GapWords({ from, to, duration }: { from: string; to: string; duration: string }) {
  return (
    <Trans>
      {duration} without a success: from <Age time={from} /> to <Age time={to} />
    </Trans>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </>
  );
}
