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

/** A machine may have a hundred devices, and each look is a process. */
const atOnce = 8;

const outputSchema = z.object({
  signatures: z.array(z.object({ device: z.string(), type: z.string(), label: z.string().nullish() })),
});
type Printed = z.infer<typeof outputSchema>['signatures'];

/** What one device holds; `types` is absent when it could not be read. */
interface Look {
  readonly path: string;
  readonly types: Printed | undefined;
}

/**
 * Read from the drives themselves by `wipefs --no-act` (util-linux, wipefs(8)), which names every signature where lsblk
 * names one, and asks no database. Of devices this process may read, so for root of all of them; the others are left out.
 */
export async function readSignatures(
  paths: readonly string[],
): Promise<{ readonly looked: ReadonlySet<string>; readonly found: readonly Signature[] }> {
  const looks: Look[] = [];
  for (let at = 0; at < paths.length; at += atOnce) {
    looks.push(...(await Promise.all(paths.slice(at, at + atOnce).map(lookAt))));
  }
  const seen = looks.flatMap(({ path, types }) => (types === undefined ? [] : [{ path, types }]));
  return {
    looked: new Set(seen.map(({ path }) => path)),
    found: seen.flatMap(({ path, types }) =>
      types.map(({ type, label }) => ({ path, type, label: label ?? undefined })),
    ),
  };
}

async function lookAt(path: string): Promise<Look> {
  return { path, types: (await isReadable(path)) ? await typesOn(path) : undefined };
}

async function typesOn(path: string): Promise<Printed | undefined> {
  const output = await outputOf('wipefs', ['--no-act', '--json', path]);
  if (output === undefined) return undefined;
  // Older ones print nothing at all when there is nothing.
  return output.trim() === '' ? [] : jsonOf(output, outputSchema)?.signatures;
}

function isReadable(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}
