import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { FreeSpace } from '../../shared/schemas/card.ts';
import { formatBytes } from '../text/format.ts';
import { cellStates, type MapProgress } from './block-map-cells.ts';
import './block-map.css';

type FreeWords = Readonly<Record<FreeSpace, string>>;

const freeBefore = (): FreeWords => ({
  keep: t`free, not written`,
  discard: t`free, to be discarded`,
  overwrite: t`free, to be overwritten with zeros`,
});

const freeAfter = (): FreeWords => ({
  keep: t`free, not written`,
  discard: t`free, discarded`,
  overwrite: t`free, overwritten with zeros`,
});

const columns = 32;
const cellSize = 16;
const gap = 2;

/** The picture of the card: 256 equal slices, filling while they are written and again while they are read back. */
export function BlockMap(props: {
  cells: readonly number[];
  imageSize?: number;
  /** What becomes of what is not in use; kept unless told. */
  freeSpace?: FreeSpace;
  progress?: MapProgress;
  /** Said instead of the scale when the cells are not the card's own. */
  note?: string;
}) {
  const { cells, progress, freeSpace = 'keep' } = props;
  const proven = progress?.verified === 1;
  const states = cellStates(cells, progress ?? { written: 0, verified: 0 });
  const rows = Math.ceil(cells.length / columns);
  const inUse = cells.filter((share) => share > 0).length;
  return (
    <figure className="block-map">
      <svg
        viewBox={`-1 -1 ${columns * cellSize - gap + 2} ${rows * cellSize - gap + 2}`}
        role="img"
        aria-label={describe(inUse, cells.length, progress)}
      >
        {states.map((state, index) => (
          <rect
            // The picture's cells have no identity but their place.
            // oxlint-disable-next-line react/no-array-index-key
            key={index}
            x={(index % columns) * cellSize}
            y={Math.floor(index / columns) * cellSize}
            width={cellSize - gap}
            height={cellSize - gap}
            rx={2}
            className={`cell cell-${state}`}
            fillOpacity={state === 'mapped' ? 0.35 + 0.65 * (cells[index] ?? 0) : 1}
          />
        ))}
      </svg>
      <figcaption className="block-map-legend small quiet">
        <LegendEntry state="free" label={(proven ? freeAfter() : freeBefore())[freeSpace]} />
        <LegendEntry state="mapped" label={t`in use, to be written`} />
        {progress && <LegendEntry state="written" label={t`written`} />}
        {progress && <LegendEntry state="verified" label={proven ? t`read back and equal` : t`read back`} />}
        {props.note !== undefined && <span className="block-map-scale">{props.note}</span>}
        {props.imageSize !== undefined && <Scale cellBytes={props.imageSize / cells.length} />}
      </figcaption>
    </figure>
  );
}

function Scale({ cellBytes }: { cellBytes: number }) {
  const size = formatBytes(cellBytes);
  return (
    <span className="block-map-scale">
      <Trans>one cell is {size}</Trans>
    </span>
  );
}

function LegendEntry({ state, label }: { state: string; label: string }) {
  return (
    <span className="legend-entry">
      <svg width="12" height="12" aria-hidden="true">
        <rect x="0.5" y="0.5" width="11" height="11" rx="2" className={`cell cell-${state}`} />
      </svg>
      {label}
    </span>
  );
}

function describe(inUse: number, total: number, progress: MapProgress | undefined): string {
  if (!progress) return t`Map of the card: ${inUse} of ${total} slices are in use`;
  const written = percent(progress.written);
  const verified = percent(progress.verified);
  return t`Map of the card: ${inUse} of ${total} slices are in use, ${written} written, ${verified} read back`;
}

function percent(share: number): string {
  return `${Math.floor(share * 100)} %`;
}
