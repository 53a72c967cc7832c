import { t } from '@lingui/core/macro';
import type { Coverage } from '../../../shared/schemas/backup-overview.ts';
import { formatBytes } from '../../text/format.ts';
import { trendPoints } from './trend-points.ts';
import './size-trend.css';

const width = 64;
const height = 18;

/** The size of the newest backup, and the line that its sizes make. */
export function SizeTrend({ sizes }: { sizes: Coverage['sizes'] }) {
  const last = sizes.at(-1);
  if (last === undefined) return <span className="quiet">–</span>;
  return (
    <span className="size-trend">
      <span>{formatBytes(last.bytes)}</span>
      {sizes.length > 1 && (
        <svg
          width={width}
          height={height}
          viewBox={`0 0 ${width} ${height}`}
          role="img"
          aria-label={words(sizes)}
        >
          <polyline
            points={trendPoints(
              sizes.map(({ bytes }) => bytes),
              width,
              height,
            )}
          />
        </svg>
      )}
    </span>
  );
}

function words(sizes: Coverage['sizes']): string {
  const bytes = sizes.map((one) => one.bytes);
  const least = formatBytes(Math.min(...bytes));
  const most = formatBytes(Math.max(...bytes));
  const { length } = sizes;
  return t`The last ${length} backups: from ${least} to ${most}`;
}
