import { randomUUID } from 'node:crypto';
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Problem } from '../../../../shared/problem.ts';
import { timestampSchema } from '../../../../shared/schemas/names.ts';
import { pairNameSchema } from '../../../../shared/schemas/sync-names.ts';
import { readPlainFile } from '../../durable/read-plain-file.ts';
import { createFile } from '../../durable/write-file.ts';
import { systemErrorCode } from '../../durable/system-error.ts';
import { markerName } from './reserved-names.ts';

/** Whoever reads a marker knows at once what it is for, and what removing it does. */
const note = 'Made by Sifaka. Without this file nothing is synced to or from this folder.';
const mostBytes = 4096;

const rootMarkerSchema = z.object({
  schema: z.literal('sifaka.sync-root/1'),
  pair: pairNameSchema,
  /** This side's own id, and the other's. */
  root: z.uuid(),
  peer: z.uuid(),
  made: timestampSchema,
});
export type RootMarker = z.infer<typeof rootMarkerSchema>;

/** The marker of a root; `undefined` when it has none. SYNC_ROOT_OF_ANOTHER for a file that is no marker of this version. */
export function readMarker(root: string): RootMarker | undefined {
  const file = join(root, markerName);
  let text: string;
  try {
    const about = lstatSync(file);
    if (!about.isFile() || about.size > mostBytes) throw notAMarker(file);
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    if (error instanceof Problem) throw error;
    throw new Problem(
      'SYNC_ROOT_MISSING',
      {
        what: `The marker ${file} could not be read (${systemErrorCode(error) ?? 'unknown error'}).`,
        state: 'Nothing was changed.',
        next: 'See to it that this user may read the folder and everything in it.',
      },
      { cause: error },
    );
  }
  try {
    return rootMarkerSchema.parse(JSON.parse(text));
  } catch {
    throw notAMarker(file);
  }
}

/**
 * The id in the marker of a root, for who only looks: whatever keeps it from being read is `undefined`, and a run will say what
 * it is. Of a mount whose server is gone it never answers; root-ids.ts does.
 */
export async function rootIdOf(root: string): Promise<string | undefined> {
  try {
    const text = await readPlainFile(join(root, markerName), { mostBytes });
    return text === undefined ? undefined : rootMarkerSchema.parse(JSON.parse(text)).root;
  } catch {
    return undefined;
  }
}

function notAMarker(file: string): Problem {
  return new Problem('SYNC_ROOT_OF_ANOTHER', {
    what: `${file} is not a marker that this version of Sifaka understands.`,
    state: 'Nothing was changed.',
    next: 'Use the version that wrote it. If it is damaged, remove it and mark the pair again with `sifaka sync init`.',
  });
}

/** Two markers that name each other. */
export function newMarkers(pair: string, now: Date): { source: RootMarker; destination: RootMarker } {
  const [source, destination] = [randomUUID(), randomUUID()];
  const common = { schema: 'sifaka.sync-root/1' as const, pair, made: now.toISOString() };
  return {
    source: { ...common, root: source, peer: destination },
    destination: { ...common, root: destination, peer: source },
  };
}

/** Durable when it resolves; false when the root has a marker by now, which is left alone. */
export async function writeMarker(root: string, marker: RootMarker): Promise<boolean> {
  return createFile(
    join(root, markerName),
    `${JSON.stringify({ ...marker, note }, undefined, 2)}\n`,
    join(root, `.sifaka-tmp-marker-${marker.root}`),
  );
}
