import { t } from '@lingui/core/macro';
import type { KeptOperation } from '../../../shared/schemas/sync-overview.ts';
import type { TableColumn } from '../../components/DataTable.tsx';
import { LabText } from '../../components/LabText.tsx';
import { ServiceText } from '../../components/ServiceText.tsx';
import { type MarkState, StateMark } from '../../components/StateMark.tsx';
import { doneReasonWords, operationWords, reasonWords } from '../../components/sync/sync-words.ts';
import { formatBytes } from '../../text/format.ts';

export type ShownRow = Omit<KeptOperation, 'id' | 'iteration_id'>;

/** What was done, or would be, file by file. */
export function operationColumns({ isDryRun }: { isDryRun: boolean }): TableColumn<ShownRow>[] {
  return [
    ...(isDryRun
      ? []
      : [
          {
            id: 'state',
            header: t`State`,
            value: (row: ShownRow) => row.status,
            renderCell: (row: ShownRow) => <State row={row} />,
          },
        ]),
    {
      id: 'operation',
      header: t`Operation`,
      value: (row) => row.operation,
      renderCell: (row) => operationWords(row.operation),
    },
    {
      id: 'path',
      header: t`File`,
      wraps: true,
      value: (row) => row.filepath,
      renderCell: (row) => (
        <span className="stacked">
          <span className="mono">
            <LabText text={row.filepath} />
          </span>
          {row.error_message !== null && (
            <span className="small sync-error">
              <ServiceText text={row.error_message} />
            </span>
          )}
        </span>
      ),
    },
    {
      id: 'size',
      header: t`Size`,
      numeric: true,
      value: (row) => row.size_after ?? row.size_before ?? undefined,
      renderCell: (row) => <Size row={row} />,
    },
    {
      id: 'why',
      header: t`Why`,
      wraps: true,
      value: (row) => whyWords(row, isDryRun),
      renderCell: (row) => <Why row={row} isDryRun={isDryRun} />,
    },
  ];
}

/** What it was, and what it is now; one of them where there is only one. */
function Size({ row: { size_before, size_after } }: { row: ShownRow }) {
  const sizes = [size_before, size_after].flatMap((bytes) => (bytes === null ? [] : [formatBytes(bytes)]));
  const [first, second] = sizes;
  if (first === undefined) return <span className="quiet">–</span>;
  return second === undefined || first === second ? first : t`${first}, then ${second}`;
}

const marks: Record<ShownRow['status'], MarkState> = { success: 'ok', fail: 'danger' };

function State({ row: { status } }: { row: ShownRow }) {
  return <StateMark state={marks[status]} label={status === 'success' ? t`Done` : t`Failed`} />;
}

function whyWords({ reason }: ShownRow, isDryRun: boolean): string {
  return isDryRun ? reasonWords(reason) : doneReasonWords(reason);
}

function Why({ row, isDryRun }: { row: ShownRow; isDryRun: boolean }) {
  return (
    <span className="stacked">
      {row.conflict && <StateMark state="warning" label={t`Both sides had changed`} />}
      <span className="small">{whyWords(row, isDryRun)}</span>
      {row.trashed && !isDryRun && (
        <span className="small quiet">{t`What was there lies in the trash.`}</span>
      )}
    </span>
  );
}
