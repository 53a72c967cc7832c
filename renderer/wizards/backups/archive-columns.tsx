import { t } from '@lingui/core/macro';
import { Radio } from '@mantine/core';
import type { ListedArchive } from '../../../shared/schemas/backup-overview.ts';
import { Age } from '../../components/Age.tsx';
import { archiveMarks, archiveWords } from '../../components/backups/backup-words.ts';
import type { TableColumn } from '../../components/DataTable.tsx';
import { LabText } from '../../components/LabText.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { formatBytes, formatTime } from '../../text/format.ts';

/** What helps to choose an archive. In the order that they come: the best to restore from are the first. */
export function archiveColumns(
  chosen: string | undefined,
  choose: (archive: ListedArchive) => void,
): TableColumn<ListedArchive>[] {
  return [
    {
      id: 'archive',
      header: t`Made`,
      renderCell: (archive) => (
        <Radio
          name="archive"
          size="xs"
          value={archive.id}
          checked={archive.id === chosen}
          onChange={() => choose(archive)}
          label={formatTime(new Date(archive.at))}
          description={<Age time={archive.at} />}
        />
      ),
    },
    {
      id: 'guest',
      header: t`Guest`,
      wraps: true,
      renderCell: ({ guest, guestName }) => (
        <div className="stacked">
          <LabText text={guestName ?? guest} />
          <span className="mono small quiet">
            <LabText text={guest} />
          </span>
        </div>
      ),
    },
    {
      id: 'state',
      header: t`State`,
      renderCell: ({ state }) => <StateMark state={archiveMarks[state]} label={archiveWords(state)} />,
    },
    {
      id: 'size',
      header: t`Size`,
      numeric: true,
      renderCell: ({ sizeBytes }) => formatBytes(sizeBytes),
    },
    {
      id: 'place',
      header: t`Archive`,
      wraps: true,
      renderCell: ({ place, name, notes }) => (
        <div className="stacked">
          <span className="mono small">
            <LabText text={name} />
          </span>
          <span className="small quiet">
            <LabText text={notes === undefined ? place : `${place}, ${notes}`} />
          </span>
        </div>
      ),
    },
  ];
}
