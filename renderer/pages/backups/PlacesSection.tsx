import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { BackupOverview, StorageForecast } from '../../../shared/schemas/backup-overview.ts';
import type { ManifestTarget } from '../../../shared/schemas/backup-manifest.ts';
import { DataTable, type TableColumn } from '../../components/DataTable.tsx';
import { LabText } from '../../components/LabText.tsx';
import { ServiceText } from '../../components/ServiceText.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { formatBytes } from '../../text/format.ts';
import { Until } from './Until.tsx';
import '../../components/backups/state-list.css';

/** Where archives are: what could not be looked at, how full it is, and when it is full if it goes on so. */
export function PlacesSection({ overview }: { overview: BackupOverview }) {
  const { nodes, targets, forecasts } = overview;
  const gaps = gapsOf(nodes, targets);
  if (gaps.length === 0 && forecasts.length === 0) return null;
  return (
    <section className="section" aria-labelledby="backups-places">
      <h2 id="backups-places">
        <Trans>Places</Trans>
      </h2>
      {gaps.length > 0 && (
        <ul className="panel state-list">
          {gaps.map(({ name, words, what, next }) => (
            <li key={name}>
              <StateMark state="unknown" label={words} />
              <div className="stacked">
                <strong>
                  <LabText text={name} />
                </strong>
                {what !== undefined && <ServiceText text={what} />}
                {next !== undefined && (
                  <span className="quiet">
                    <ServiceText text={next} />
                  </span>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
      {forecasts.length > 0 && (
        <DataTable
          label={t`Places`}
          rows={forecasts}
          rowKey={({ place }) => place}
          columns={placeColumns()}
          empty=""
        />
      )}
    </section>
  );
}

interface Gap {
  readonly name: string;
  readonly words: string;
  readonly what: string | undefined;
  readonly next: string | undefined;
}

/** Nodes and targets that nobody could look at, or whose clock or answer is not in order. */
function gapsOf(nodes: BackupOverview['nodes'], targets: BackupOverview['targets']): Gap[] {
  return [
    ...nodes
      .filter(({ state, problem }) => state !== 'answered' || problem !== undefined)
      .map(({ node, state, problem }) => ({
        name: node,
        words: nodeWords(state),
        what: problem?.what,
        next: problem?.next,
      })),
    ...targets
      .filter(({ state, problem }) => state !== 'ready' || problem !== undefined)
      .map(({ target, state, problem }) => ({
        name: target,
        words: targetWords(state),
        what: problem?.what,
        next: problem?.next,
      })),
  ];
}

function nodeWords(state: BackupOverview['nodes'][number]['state']): string {
  const words: Record<typeof state, string> = {
    answered: t`Answered in part`,
    silent: t`No answer`,
    'not-proxmox': t`No Proxmox`,
  };
  return words[state];
}

function targetWords(state: ManifestTarget['state']): string {
  const words: Record<typeof state, string> = {
    ready: t`Answered in part`,
    unreachable: t`Unreachable`,
    unmounted: t`Not mounted`,
    'not-set-up': t`Not set up`,
  };
  return words[state];
}

function placeColumns(): TableColumn<StorageForecast>[] {
  return [
    {
      id: 'place',
      header: t`Place`,
      wraps: true,
      value: ({ place }) => place,
      renderCell: ({ place }) => (
        <span className="mono">
          <LabText text={place} />
        </span>
      ),
    },
    {
      id: 'used',
      header: t`Archives`,
      numeric: true,
      descendingFirst: true,
      value: ({ usedBytes }) => usedBytes,
      renderCell: ({ usedBytes }) => formatBytes(usedBytes),
    },
    {
      id: 'free',
      header: t`Free`,
      numeric: true,
      value: ({ availableBytes }) => availableBytes,
      renderCell: ({ availableBytes }) => (availableBytes === undefined ? '–' : formatBytes(availableBytes)),
    },
    {
      id: 'growth',
      header: t`A day`,
      numeric: true,
      descendingFirst: true,
      value: ({ bytesPerDay }) => bytesPerDay,
      renderCell: ({ bytesPerDay }) => (bytesPerDay === undefined ? '–' : growthWords(bytesPerDay)),
    },
    {
      id: 'full',
      header: t`Full`,
      value: ({ fullAt }) => fullAt,
      renderCell: ({ fullAt, bytesPerDay }) => {
        if (fullAt !== undefined) return <Until time={fullAt} />;
        return (
          <span className="quiet">
            {bytesPerDay === undefined ? (
              <Trans>known after three days of discoveries</Trans>
            ) : (
              <Trans>not at this rate</Trans>
            )}
          </span>
        );
      },
    },
  ];
}

function growthWords(bytesPerDay: number): string {
  return `${bytesPerDay < 0 ? '−' : '+'}${formatBytes(Math.abs(bytesPerDay))}`;
}
