import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { Coverage } from '../../../shared/schemas/backup-overview.ts';
import { addressOf } from '../../app/route.ts';
import { Age } from '../../components/Age.tsx';
import {
  checksumMarks,
  checksumWords,
  coverageMarks,
  coverageOrder,
  coverageWords,
  offsiteMarks,
  offsiteWords,
} from '../../components/backups/backup-words.ts';
import { guestAddress } from '../../components/backups/guest-address.ts';
import { SizeTrend } from '../../components/backups/SizeTrend.tsx';
import type { TableColumn } from '../../components/DataTable.tsx';
import { LabText } from '../../components/LabText.tsx';
import { ServiceText } from '../../components/ServiceText.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { terminalText } from '../../../shared/terminal-text.ts';
import { Until } from './Until.tsx';

export function guestColumns(): TableColumn<Coverage>[] {
  return [
    {
      id: 'state',
      header: t`State`,
      value: ({ state }) => `${coverageOrder.indexOf(state)} ${coverageWords(state)}`,
      renderCell: ({ state }) => <StateMark state={coverageMarks[state]} label={coverageWords(state)} />,
    },
    {
      id: 'guest',
      header: t`Guest`,
      wraps: true,
      value: (row) => `${row.guest.name ?? ''} ${guestAddress(row)}`,
      renderCell: (row) => <GuestName row={row} />,
    },
    {
      id: 'why',
      header: t`Why`,
      wraps: true,
      value: ({ reasons }) => reasons.map(({ code, what }) => `${code} ${what}`).join(' '),
      renderCell: (row) => <Why row={row} />,
    },
    {
      id: 'last',
      header: t`Last good`,
      descendingFirst: true,
      value: ({ lastGoodAt }) => lastGoodAt,
      renderCell: (row) => <LastGood row={row} />,
    },
    {
      id: 'size',
      header: t`Size`,
      numeric: true,
      descendingFirst: true,
      value: ({ sizes }) => sizes.at(-1)?.bytes,
      renderCell: ({ sizes }) => <SizeTrend sizes={sizes} />,
    },
    {
      id: 'proof',
      header: t`Proof`,
      renderCell: (row) => <Proof row={row} />,
    },
    {
      id: 'next',
      header: t`Next`,
      value: ({ nextRunAt }) => nextRunAt,
      renderCell: (row) => <Next row={row} />,
    },
  ];
}

function GuestName({ row }: { row: Coverage }) {
  const { name } = row.guest;
  const address = guestAddress(row);
  return (
    <div className="stacked">
      <a href={addressOf({ page: 'backups-guest', guest: address })}>
        <LabText text={name ?? address} />
      </a>
      <span className="quiet small mono">
        <LabText text={address} />
      </span>
    </div>
  );
}

function Why({ row: { reasons, state, gaps } }: { row: Coverage }) {
  const [first, ...more] = reasons;
  if (state === 'excluded')
    return (
      <span className="quiet">
        <Trans>The policy leaves it out.</Trans>
      </span>
    );
  if (first === undefined)
    return (
      <span className="quiet">
        {gaps.length === 0 ? <Trans>Nothing is wrong.</Trans> : gapWords(gaps.length)}
      </span>
    );
  return (
    <div className="stacked guest-why">
      <ServiceText text={first.what} />
      <span className="quiet">
        <ServiceText text={first.next} />
      </span>
      {more.length > 0 && (
        <span className="quiet small">
          {plural(more.length, { one: 'and # more reason', other: 'and # more reasons' })}
        </span>
      )}
    </div>
  );
}

function gapWords(gaps: number): string {
  return plural(gaps, {
    one: 'Nothing is wrong now; there was # gap.',
    other: 'Nothing is wrong now; there were # gaps.',
  });
}

/** Its age, and what the policy allows. */
function LastGood({ row: { lastGoodAt, windowHours, state } }: { row: Coverage }) {
  if (state === 'excluded' && lastGoodAt === undefined) return <span className="quiet">–</span>;
  return (
    <div className="stacked">
      {lastGoodAt === undefined ? (
        <span className="state-danger">
          <Trans>never</Trans>
        </span>
      ) : (
        <Age time={lastGoodAt} {...(windowHours === undefined ? {} : { oldAfterDays: windowHours / 24 })} />
      )}
      {windowHours !== undefined && (
        <span className="quiet small">
          <Trans>allowed: {windowHours} h</Trans>
        </span>
      )}
    </div>
  );
}

function Proof({ row: { offsite, checksum, restoreTest } }: { row: Coverage }) {
  return (
    <ul className="guest-proof small">
      <li>
        <span className="quiet">
          <Trans>Copies</Trans>
        </span>
        <StateMark state={offsiteMarks[offsite]} label={offsiteWords(offsite)} />
      </li>
      <li>
        <span className="quiet">
          <Trans>Digest</Trans>
        </span>
        <StateMark state={checksumMarks[checksum]} label={checksumWords(checksum)} />
      </li>
      <li>
        <span className="quiet">
          <Trans>Restored</Trans>
        </span>
        {restoreTest === undefined ? (
          <StateMark state="none" label={t`Never`} />
        ) : (
          <StateMark state={restoreTest.passed ? 'ok' : 'danger'} label={<Age time={restoreTest.at} />} />
        )}
      </li>
    </ul>
  );
}

function Next({ row: { nextRunAt, nextPrune } }: { row: Coverage }) {
  return (
    <ul className="guest-next small">
      <li>
        <span className="quiet">
          <Trans>Backup</Trans>
        </span>
        {nextRunAt === undefined ? (
          <span className="quiet">
            <Trans>not scheduled</Trans>
          </span>
        ) : (
          <Until time={nextRunAt} />
        )}
      </li>
      <li>
        <span className="quiet">
          <Trans>Prune</Trans>
        </span>
        {nextPrune === undefined ? (
          <span className="quiet">
            <Trans>nothing</Trans>
          </span>
        ) : (
          <div className="stacked">
            {plural(nextPrune.count, { one: '# archive', other: '# archives' })}
            <span lang="en" className="quiet guest-prune-why" title={terminalText(nextPrune.why)}>
              <ServiceText text={nextPrune.why} />
            </span>
          </div>
        )}
      </li>
    </ul>
  );
}
