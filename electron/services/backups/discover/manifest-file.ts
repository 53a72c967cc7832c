import { type Manifest, manifestSchema } from '../../../../shared/schemas/backup-manifest.ts';
import { asProblem } from '../../../../shared/problem.ts';
import { backupsFolder, manifestLimit, newestManifestFile, parseManifest } from '../../lab/backup-files.ts';
import { digestOf } from '../../lab/known-files.ts';
import type { LabReader } from '../../lab/lab-folder.ts';

/** The newest manifest of the lab; `undefined` before the first. LAB_FILE_INVALID. */
export async function readNewestManifest(lab: LabReader, now: Date): Promise<Manifest | undefined> {
  return createManifestReader()(lab, now);
}

/** The same for those who ask often: the last one is remembered, and parsed again only when its bytes are others. */
export function createManifestReader(): typeof readNewestManifest {
  let last: { readonly digest: string; readonly manifest: Manifest } | undefined;
  return async (lab, now) => {
    const file = await newestManifestFile(lab, now);
    if (file === undefined) return undefined;
    const bytes = await lab.readBytes(file, manifestLimit);
    const digest = digestOf(bytes);
    if (last?.digest !== digest) last = { digest, manifest: parseManifest(file, bytes) };
    return last.manifest;
  };
}

/** The same for the next one to stand on: one that cannot be read is no reason not to make a new one. */
export async function manifestBefore(
  lab: LabReader,
  now: Date,
  read: typeof readNewestManifest = readNewestManifest,
): Promise<Manifest | undefined> {
  try {
    return await read(lab, now);
  } catch (error) {
    if (asProblem(error)?.code === 'LAB_FILE_INVALID') return undefined;
    throw error;
  }
}

/** `backups/manifest-2026-11-20.json`: of the day by UTC. */
export function manifestFileOf(at: string): string {
  return `${backupsFolder}/manifest-${at.slice(0, 10)}.json`;
}

/** One guest, one archive, one node on a line, so that git shows what changed. What is written is parsed first. */
export function manifestBytes(manifest: Manifest): Buffer {
  const entries = Object.entries(manifestSchema.parse(manifest)).map(([key, value]) => {
    if (!Array.isArray(value) || value.length === 0)
      return `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`;
    const lines = value.map((entry) => `    ${JSON.stringify(entry)}`);
    return `  ${JSON.stringify(key)}: [\n${lines.join(',\n')}\n  ]`;
  });
  return Buffer.from(`{\n${entries.join(',\n')}\n}\n`);
}
