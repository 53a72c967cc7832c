import { t } from '@lingui/core/macro';
import { IconArrowDown, IconArrowUp, IconLock } from '@tabler/icons-react';
import { memo } from 'react';
import type { ListedArchive } from '../../../shared/schemas/backup-overview.ts';
import { AgeAt } from '../../components/Age.tsx';
import { archiveMarks, archiveWords } from '../../components/backups/backup-words.ts';
import { useMinute } from '../../components/use-minute.ts';
import { LabText } from '../../components/LabText.tsx';
import { LongTable } from '../../components/LongTable.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import type { ArchiveOrder } from '../../stores/archive-list.ts';
import { formatBytes } from '../../text/format.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import './archive-list.css';

interface Order {
  readonly by: ArchiveOrder;
  readonly isDescending: boolean;
  readonly orderBy: (order: ArchiveOrder) => void;
}

/** Archives, however many. */
export function ArchiveList(props: { label: string; archives: readonly ListedArchive[]; order?: Order }) {
  const { archives, order } = props;
  const now = useMinute();
  if (archives.length === 0) return <div className="panel table-empty quiet">{t`No archive has this.`}</div>;
  return (
    <LongTable
      label={props.label}
      rows={archives}
      className="archive-list"
      columns={5}
      head={
        <>
          <Head id="at" order={order} label={t`Made`} />
          <Head id="guest" order={order} label={t`Guest`} />
          <Head id="state" order={order} label={t`State`} />
          <Head id="size" order={order} label={t`Size`} />
          <Head id="place" order={order} label={t`Archive`} />
        </>
      }
      renderRow={(archive, rowIndex) => (
        <ArchiveRow key={archive.id} archive={archive} rowIndex={rowIndex} now={now} />
      )}
    />
  );
}

function Head({ id, label, order }: { id: ArchiveOrder; label: string; order: Order | undefined }) {
  const isSorted = order?.by === id;
  const Arrow = order?.isDescending ? IconArrowDown : IconArrowUp;
  return (
    <th
      scope="col"
      data-column={id}
      aria-sort={isSorted ? (order.isDescending ? 'descending' : 'ascending') : undefined}
    >
      {order === undefined ? (
        label
      ) : (
        <button type="button" className="sort-button" onClick={() => order.orderBy(id)}>
          {label}
          {isSorted && <Arrow size={12} stroke={2.5} aria-hidden="true" />}
        </button>
      )}
    </th>
  );
}

const ArchiveRow = memo(function ArchiveRow({
  archive,
  rowIndex,
  now,
}: {
  archive: ListedArchive;
  rowIndex: number;
  now: Date;
}) {
  return (
    <tr aria-rowindex={rowIndex} className="long-row archive-row">
      <td>
        <AgeAt time={archive.at} now={now} />
      </td>
      <td>
        <span className="long-two">
          <LabText text={archive.guestName ?? (archive.guest || '–')} />
          <span className="quiet small mono">
            <LabText text={archive.guest || '–'} />
          </span>
        </span>
      </td>
      <td>
        <StateMark state={archiveMarks[archive.state]} label={archiveWords(archive.state)} />
      </td>
      <td className="number">{formatBytes(archive.sizeBytes)}</td>
      <td>
        <ArchiveName archive={archive} />
      </td>
    </tr>
  );
});

function ArchiveName({ archive }: { archive: ListedArchive }) {
  const { name, place, notes } = archive;
  return (
    <span className="long-two">
      <span className="mono small" title={terminalText(name)}>
        {archive.protected && <IconLock size={12} aria-label={t`protected`} />} <LabText text={name} />
      </span>
      <span className="quiet small">
        <LabText text={notes === undefined ? place : `${place}, ${notes}`} />
      </span>
    </span>
  );
}
