import { plural, t } from '@lingui/core/macro';
import { Button } from '@mantine/core';
import type { SyncDirectionState, SyncPairState, SyncRun } from '../../../shared/schemas/sync-overview.ts';
import { addressOf } from '../../app/route.ts';
import { Age } from '../../components/Age.tsx';
import type { TableColumn } from '../../components/DataTable.tsx';
import { LabText } from '../../components/LabText.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { DirectionName } from '../../components/sync/DirectionName.tsx';
import { runMarks, runWords } from '../../components/sync/sync-words.ts';
import { startSync } from '../../wizards/sync/start-sync.ts';
import { formatCount } from '../../text/format.ts';

export interface PairRow {
  readonly pair: string;
  readonly direction: SyncDirectionState;
  readonly waiting: number;
}

export function pairRows(pairs: readonly SyncPairState[]): PairRow[] {
  return pairs.flatMap(({ pair, directions, waiting }) =>
    directions.map((direction) => ({ pair, direction, waiting })),
  );
}

/** After so many days without a run it looks old: the schedule has one every quarter of an hour. */
const oldRunDays = 1;

export function pairColumns(isOperator: boolean): TableColumn<PairRow>[] {
  return [
    {
      id: 'pair',
      header: t`Pair`,
      value: ({ pair }) => pair,
      renderCell: ({ pair }) => (
        <strong>
          <LabText text={pair} />
        </strong>
      ),
    },
    {
      id: 'direction',
      header: t`Direction`,
      value: ({ direction }) => direction.direction,
      renderCell: ({ direction }) => <DirectionName from={direction.from} to={direction.to} />,
    },
    {
      id: 'state',
      header: t`State`,
      value: ({ direction }) => stateOrder(direction),
      renderCell: ({ direction, waiting }) => <DirectionState direction={direction} waiting={waiting} />,
    },
    {
      id: 'last-run',
      header: t`Last run`,
      descendingFirst: true,
      value: ({ direction }) => direction.lastRun?.started_at,
      renderCell: ({ direction: { lastRun } }) => <RunAge run={lastRun} oldAfterDays={oldRunDays} />,
    },
    numbers('created', t`Created`, (run) => run.files_created),
    numbers('replaced', t`Replaced`, (run) => run.files_updated),
    numbers('deleted', t`Deleted`, (run) => run.files_deleted),
    numbers(
      'failed',
      t({ message: 'Failed', context: 'a column of numbers' }),
      (run) => run.files_failed,
      'danger',
    ),
    numbers('conflicts', t`Conflicts`, (run) => run.conflicts, 'warning'),
    {
      id: 'dry-run',
      header: t`Last dry run`,
      descendingFirst: true,
      value: ({ direction }) => direction.lastDryRun?.started_at,
      renderCell: ({ direction: { lastDryRun } }) => (
        <span className="stacked">
          <RunAge run={lastDryRun} />
          {lastDryRun && <span className="small quiet">{changesWords(lastDryRun)}</span>}
        </span>
      ),
    },
    {
      id: 'run',
      header: t`Run`,
      headerHidden: true,
      renderCell: ({ pair, direction: { from, to, direction } }) => (
        <Button
          size="xs"
          variant="default"
          disabled={!isOperator}
          onClick={() => startSync({ pair, direction })}
        >
          {t`Sync`}
          <span className="sr-only"> {t`${pair} from ${from} to ${to}`}</span>
        </Button>
      ),
    },
  ];
}

function numbers(
  id: string,
  header: string,
  of: (run: SyncRun) => number | undefined,
  mark?: 'danger' | 'warning',
): TableColumn<PairRow> {
  return {
    id,
    header,
    numeric: true,
    descendingFirst: true,
    value: ({ direction: { lastRun } }) => lastRun && of(lastRun),
    renderCell({ direction: { lastRun } }) {
      const count = lastRun && of(lastRun);
      if (count === undefined) return <span className="quiet">–</span>;
      if (mark === undefined || count === 0) return formatCount(count);
      return <StateMark state={mark} label={formatCount(count)} />;
    },
  };
}

function DirectionState(props: { direction: SyncDirectionState; waiting: number }) {
  return (
    <span className="stacked">
      <StateOf direction={props.direction} />
      {props.waiting > 0 && (
        <span className="small quiet">
          {plural(props.waiting, { one: '# log waits', other: '# logs wait' })}
        </span>
      )}
    </span>
  );
}

function StateOf({ direction: { blocked, lastRun } }: { direction: SyncDirectionState }) {
  if (blocked !== undefined) return <StateMark state="danger" label={t`Blocked`} />;
  if (lastRun === undefined) return <StateMark state="none" label={t`No run known`} />;
  return <StateMark state={runMarks[lastRun.status]} label={runWords(lastRun.status)} />;
}

/** The worst first. */
function stateOrder({ blocked, lastRun }: SyncDirectionState): number {
  if (blocked !== undefined) return 0;
  if (lastRun === undefined) return 4;
  const order: Record<SyncRun['status'], number> = { failed: 1, partial_failure: 2, running: 3, success: 5 };
  return order[lastRun.status];
}

function RunAge({ run, oldAfterDays }: { run: SyncRun | undefined; oldAfterDays?: number }) {
  if (run === undefined) return <span className="quiet">{t`never`}</span>;
  return (
    <a href={addressOf({ page: 'sync-iteration', id: run.iteration_uid })}>
      <Age time={run.started_at} {...(oldAfterDays === undefined ? {} : { oldAfterDays })} />
    </a>
  );
}

export function changesWords({ files_created, files_updated, files_deleted }: SyncRun): string {
  return plural(files_created + files_updated + files_deleted, { one: '# change', other: '# changes' });
}
