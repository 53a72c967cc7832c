import { z } from 'zod';
import { asProblem } from '../../../../shared/problem.ts';
import { type Manifest, manifestSchema } from '../../../../shared/schemas/backup-manifest.ts';
import type { LabFolder } from '../../lab/lab-folder.ts';
import { totalsOf } from './forecast.ts';
import type { PlaceTotals } from './overview-facts.ts';

const folder = 'backups';
const largest = 64 * 1024 * 1024;
/** As far back as a forecast looks. */
const manifestsToRead = 28;

/** What a total needs of a manifest: parsing all of it would take most of the time, and change nothing. */
const heldSchema = z.object({
  at: manifestSchema.shape.at,
  nodes: manifestSchema.shape.nodes,
  targets: manifestSchema.shape.targets,
  archives: z.array(z.object({ place: z.string(), sizeBytes: z.number().nonnegative() })),
});

/**
 * How much of each place was archives at the lab's last discoveries. A manifest of a day that has passed is read once in the
 * life of this process. One that cannot be read is left out: it is a point less of a trend, and the newest is read, and
 * complained about, elsewhere.
 */
export function createManifestTotals(
  lab: Pick<LabFolder, 'readBytes' | 'listFiles'>,
): (newest: Manifest | undefined) => Promise<PlaceTotals[]> {
  const known = new Map<string, PlaceTotals | undefined>();
  return async (newest) => {
    if (newest === undefined) return [];
    const names = (await lab.listFiles(folder))
      .filter((name) => /^manifest-\d{4}-\d{2}-\d{2}\.json$/.test(name) && name < nameOf(newest))
      .toSorted()
      .slice(-manifestsToRead);
    for (const name of known.keys()) if (!names.includes(name)) known.delete(name);
    for (const name of names) if (!known.has(name)) known.set(name, await readTotals(lab, name));
    const earlier = names.flatMap((name) => known.get(name) ?? []);
    return [...earlier, totalsOf(newest)];
  };
}

/** One of the future, which a wrong clock made, sorts after it. */
function nameOf({ at }: Manifest): string {
  return `manifest-${at.slice(0, 10)}.json`;
}

async function readTotals(lab: Pick<LabFolder, 'readBytes'>, name: string): Promise<PlaceTotals | undefined> {
  try {
    const bytes = await lab.readBytes(`${folder}/${name}`, largest);
    const held = heldSchema.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8')));
    return held.success ? totalsOf(held.data) : undefined;
  } catch (error) {
    if (asProblem(error) !== undefined || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
