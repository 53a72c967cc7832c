import { t } from '@lingui/core/macro';
import type { SyncIteration } from '../../../shared/schemas/sync-record.ts';
import { formatBytes, formatCount } from '../../text/format.ts';

/** How much a run did; `conflicts` where it is known. */
export function RunFigures({ run, conflicts }: { run: SyncIteration; conflicts: number | undefined }) {
  const figures = [
    { label: t`Created`, value: formatCount(run.files_created) },
    { label: t`Replaced`, value: formatCount(run.files_updated) },
    { label: t`Deleted`, value: formatCount(run.files_deleted) },
    { label: t`Failed`, value: formatCount(run.files_failed) },
    { label: t`Conflicts`, value: conflicts === undefined ? '–' : formatCount(conflicts) },
    { label: t`Left as they were`, value: formatCount(run.files_skipped) },
    { label: t`Copied`, value: formatBytes(run.total_bytes_transferred) },
  ];
  return (
    <dl className="panel sync-figures">
      {figures.map(({ label, value }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
