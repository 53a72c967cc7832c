import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** electron-builder's own notes, which are of no use to who installs. */
const notForInstalling = /^(builder-debug\.yml|builder-effective-config\.yaml|SHA256SUMS|\..*)$/;

/**
 * Writes SHA256SUMS into the folder of packages, in the form that `sha256sum --check` reads; `withFolders` includes the
 * files of the folders in it. Resolves to the number of files.
 */
export async function writeChecksums(folder, { withFolders }) {
  const entries = await readdir(folder, { recursive: withFolders, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter((name) => !notForInstalling.test(name))
    .toSorted();
  const lines = [];
  for (const name of files) lines.push(`${await digestOf(join(folder, name))}  ${name}\n`);
  await writeFile(join(folder, 'SHA256SUMS'), lines.join(''));
  return files.length;
}

async function digestOf(path) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
