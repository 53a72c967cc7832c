import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { BackupOverview } from '../../../shared/schemas/backup-overview.ts';
import { Age } from '../../components/Age.tsx';
import { DataTable, type TableColumn } from '../../components/DataTable.tsx';
import { LabText } from '../../components/LabText.tsx';
import { ServiceText } from '../../components/ServiceText.tsx';
import { formatBytes, formatCount } from '../../text/format.ts';

type Ghost = BackupOverview['ghosts'][number];
type Orphan = BackupOverview['orphans'][number];

/** Archives of guests that are gone, and files that belong to no guest. */
export function BelongingsSection({ overview: { ghosts, orphans } }: { overview: BackupOverview }) {
  return (
    <>
      {ghosts.length > 0 && (
        <section className="section" aria-labelledby="backups-ghosts">
          <h2 id="backups-ghosts">
            <Trans>Archives of guests that are gone</Trans>
          </h2>
          <DataTable
            label={t`Archives of guests that are gone`}
            rows={ghosts}
            rowKey={({ type, vmid }) => `${type}/${vmid}`}
            columns={ghostColumns()}
            empty=""
          />
        </section>
      )}
      {orphans.length > 0 && (
        <section className="section" aria-labelledby="backups-orphans">
          <h2 id="backups-orphans">
            <Trans>Files of no guest</Trans>
          </h2>
          <DataTable
            label={t`Files of no guest`}
            rows={orphans}
            rowKey={({ archive }) => archive}
            columns={orphanColumns()}
            empty=""
          />
        </section>
      )}
    </>
  );
}

function ghostColumns(): TableColumn<Ghost>[] {
  return [
    {
      id: 'guest',
      header: t`Guest`,
      wraps: true,
      value: ({ name, type, vmid }) => `${name ?? ''} ${type}/${vmid}`,
      renderCell: ({ name, type, vmid }) => (
        <div className="stacked">
          {name !== undefined && <LabText text={name} />}
          <span className="quiet small mono">
            {type}/{vmid}
          </span>
        </div>
      ),
    },
    {
      id: 'archives',
      header: t`Archives`,
      numeric: true,
      descendingFirst: true,
      value: ({ archives }) => archives,
      renderCell: ({ archives }) => formatCount(archives),
    },
    {
      id: 'bytes',
      header: t`Size`,
      numeric: true,
      descendingFirst: true,
      value: ({ bytes }) => bytes,
      renderCell: ({ bytes }) => formatBytes(bytes),
    },
    {
      id: 'newest',
      header: t`Newest`,
      descendingFirst: true,
      value: ({ newest }) => newest,
      renderCell: ({ newest }) => <Age time={newest} />,
    },
  ];
}

function orphanColumns(): TableColumn<Orphan>[] {
  return [
    {
      id: 'archive',
      header: t`Archive`,
      wraps: true,
      value: ({ archive }) => archive,
      renderCell: ({ archive }) => (
        <span className="mono">
          <LabText text={archive} />
        </span>
      ),
    },
    {
      id: 'why',
      header: t`Why`,
      wraps: true,
      value: ({ why }) => why,
      renderCell: ({ why }) => <ServiceText text={why} />,
    },
    {
      id: 'size',
      header: t`Size`,
      numeric: true,
      descendingFirst: true,
      value: ({ sizeBytes }) => sizeBytes,
      renderCell: ({ sizeBytes }) => formatBytes(sizeBytes),
    },
  ];
}
