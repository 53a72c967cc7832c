import type { StorageForecast } from '../../../../shared/schemas/backup-overview.ts';
import type { Manifest } from '../../../../shared/schemas/backup-manifest.ts';
import type { PlaceTotals } from './overview-facts.ts';
import { placeOf } from './seen-places.ts';

const dayMs = 86_400_000;
const lookBackDays = 28;
/** Fewer are no trend. */
const daysForTrend = 3;
/** What fills up later than this is not said: no straight line holds for so long. */
const farthestDays = 3650;

/** How full each place is, and when it is full if its archives go on growing as they did. Worked out from manifests. */
export function forecasts(
  manifest: Manifest | undefined,
  totals: readonly PlaceTotals[],
  now: number,
): StorageForecast[] {
  if (manifest === undefined) return [];
  const sizes = new Map<string, { total?: number | undefined; available?: number | undefined }>();
  for (const { node, storages } of manifest.nodes)
    for (const storage of storages)
      if (storage.backups && storage.active)
        sizes.set(placeOf(node, storage), {
          total: storage.totalBytes,
          available: storage.availableBytes,
        });
  for (const { target, availableBytes } of manifest.targets)
    sizes.set(`target:${target}`, { available: availableBytes });
  const held = new Map<string, number>();
  for (const { place, sizeBytes } of manifest.archives) held.set(place, (held.get(place) ?? 0) + sizeBytes);
  const places = [...new Set([...sizes.keys(), ...held.keys()])].toSorted();
  return places.map((place) => {
    const { total, available } = sizes.get(place) ?? {};
    const bytesPerDay = slope(pointsOf(place, totals, now));
    const days =
      bytesPerDay === undefined || bytesPerDay <= 0 || available === undefined
        ? undefined
        : available / bytesPerDay;
    return {
      place,
      usedBytes: held.get(place) ?? 0,
      totalBytes: total,
      availableBytes: available,
      bytesPerDay,
      fullAt:
        days === undefined || days > farthestDays ? undefined : new Date(now + days * dayMs).toISOString(),
    };
  });
}

function pointsOf(place: string, totals: readonly PlaceTotals[], now: number): [at: number, bytes: number][] {
  return totals.flatMap(({ at, bytes }): [number, number][] => {
    const time = Date.parse(at);
    if (time > now || now - time > lookBackDays * dayMs) return [];
    // A place that a discovery did not see has no number in it; one that it saw empty has 0.
    const held = bytes.get(place);
    return held === undefined ? [] : [[time, held]];
  });
}

/**
 * Bytes per day: the median of the slopes between all pairs of points (Theil–Sen), so that one large prune or one odd day
 * moves it little. `undefined` for fewer than three days.
 */
export function slope(points: readonly (readonly [at: number, bytes: number])[]): number | undefined {
  const days = new Set(points.map(([at]) => Math.floor(at / dayMs)));
  if (days.size < daysForTrend) return undefined;
  const slopes = points.flatMap(([at, bytes], index) =>
    points
      .slice(index + 1)
      .flatMap(([other, otherBytes]) =>
        other === at ? [] : [((otherBytes - bytes) / (other - at)) * dayMs],
      ),
  );
  const sorted = slopes.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) return undefined;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

type Held = Pick<Manifest, 'at' | 'nodes' | 'targets'> & {
  readonly archives: readonly { readonly place: string; readonly sizeBytes: number }[];
};

/** How much of each place that a manifest could list is archives. */
export function totalsOf(manifest: Held): PlaceTotals {
  const bytes = new Map<string, number>();
  for (const { node, storages } of manifest.nodes)
    for (const storage of storages)
      if (storage.backups && storage.active && storage.problem === undefined)
        bytes.set(placeOf(node, storage), 0);
  for (const { target, state } of manifest.targets) if (state === 'ready') bytes.set(`target:${target}`, 0);
  for (const { place, sizeBytes } of manifest.archives)
    if (bytes.has(place)) bytes.set(place, (bytes.get(place) ?? 0) + sizeBytes);
  return { at: manifest.at, bytes };
}
