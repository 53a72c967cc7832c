import { chmod, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { extractAll } from '@electron/asar';
import type { PackedTree } from './packed-tree.ts';

/**
 * The packed app as only Electron can read it otherwise: a folder in the place of the archive, and of its name, with what is
 * packed beside it. Every user may read it, as an installed one. Resolves to the folder that stands for the archive.
 */
export async function unpackArchive({ archive, folder }: PackedTree, to: string): Promise<string> {
  const unpacked = join(to, 'app.asar');
  extractAll(archive, unpacked);
  await symlink(join(folder, 'resources', 'writer'), join(to, 'writer'));
  await chmod(to, 0o755);
  return unpacked;
}
