import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { z } from 'zod';
import { jsonOf, outputOf } from './system-program.ts';

/** What libblkid recognises on a device: a file system, a partition table, the mark of a member of something larger. */
export interface Signature {
  /** `/dev/sda1`. */
  readonly path: string;
  readonly type: string;
  readonly label: string | undefined;
}

const outputSchema = z.object({
  signatures: z.array(z.object({ device: z.string(), type: z.string(), label: z.string().nullish() })),
});

/**
 * Read from the drives themselves by `wipefs --no-act` (util-linux, wipefs(8)), which names every signature where lsblk
 * names one, and asks no database. Of devices this process may read, so for root of all of them; the others are left out.
 */
export async function readSignatures(
  paths: readonly string[],
): Promise<{ readonly looked: ReadonlySet<string>; readonly found: readonly Signature[] }> {
  const looked = new Set<string>();
  const found: Signature[] = [];
  for (const path of paths) {
    if (!(await isReadable(path))) continue;
    const output = await outputOf('wipefs', ['--no-act', '--json', path]);
    if (output === undefined) continue;
    // Older ones print nothing at all when there is nothing.
    const parsed = output.trim() === '' ? { signatures: [] } : jsonOf(output, outputSchema);
    if (parsed === undefined) continue;
    looked.add(path);
    const { signatures } = parsed;
    found.push(...signatures.map(({ type, label }) => ({ path, type, label: label ?? undefined })));
  }
  return { looked, found };
}

function isReadable(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}
