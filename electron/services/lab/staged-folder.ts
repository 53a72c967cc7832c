import { randomUUID } from 'node:crypto';
import { lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Problem } from '../../../shared/problem.ts';
import { syncFolder } from '../durable/sync-folder.ts';
import { isMissing, systemErrorCode, writeProblem } from './file-errors.ts';
import { labPathParts } from './lab-path.ts';
import type { StagedFile, WritePlace } from './staged-file.ts';

/** Folders that are being filled; only made under the lab's lock, so a holder of the lock may remove any it finds. */
const temporaryName = /^\.sifaka-[0-9a-f-]{36}\.folder$/;

/** A file of a new folder: `path` is relative to the folder, with forward slashes. */
export interface NewFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly mode: number;
}

/**
 * Fills a hidden folder beside the place and syncs it; `commit` gives it its name in one step, never over anything:
 * LAB_FILE_EXISTS. (An empty folder that somebody makes in the instant between is replaced; it held nothing.)
 */
export async function stageFolder(
  { file: folder, name, inParent }: WritePlace,
  files: readonly NewFile[],
): Promise<StagedFile> {
  const temporary = `.sifaka-${randomUUID()}.folder`;
  const discard = async () => {
    // What cannot be removed now goes with the next folder; the caller's own problem matters more.
    await inParent((path) => rm(join(path, temporary), { recursive: true, force: true })).catch(
      () => undefined,
    );
  };
  try {
    await inParent(async (path) => {
      await refuseTaken(folder, join(path, name));
      await removeLeftovers(path);
      await fill(join(path, temporary), files);
    });
  } catch (error) {
    await discard();
    throw writeProblem(folder, error);
  }
  return {
    commit: async () => {
      try {
        await inParent(async (path, handle) => {
          await refuseTaken(folder, join(path, name));
          await rename(join(path, temporary), join(path, name)).catch((error: unknown) => {
            const code = systemErrorCode(error);
            throw code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR' ? taken(folder) : error;
          });
          await handle?.sync();
        });
      } catch (error) {
        throw writeProblem(folder, error);
      }
    },
    discard,
  };
}

async function fill(root: string, files: readonly NewFile[]): Promise<void> {
  const folders = new Set([root]);
  for (const { path } of files) {
    for (let parts = labPathParts(path).slice(0, -1); parts.length > 0; parts = parts.slice(0, -1)) {
      folders.add(join(root, ...parts));
    }
  }
  for (const folder of [...folders].toSorted()) await mkdir(folder, { mode: 0o755 });
  for (const { path, bytes, mode } of files)
    await writeSynced(join(root, ...labPathParts(path)), bytes, mode);
  for (const folder of folders) await syncFolder(folder);
  await syncFolder(dirname(root));
}

async function writeSynced(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.chmod(mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function removeLeftovers(path: string): Promise<void> {
  for (const name of await readdir(path)) {
    if (temporaryName.test(name)) await rm(join(path, name), { recursive: true, force: true });
  }
}

async function refuseTaken(folder: string, path: string): Promise<void> {
  try {
    await lstat(path);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  throw taken(folder);
}

function taken(folder: string): Problem {
  return new Problem('LAB_FILE_EXISTS', {
    what: `The lab already has ${folder}.`,
    state: 'It is as it was; nothing was written.',
    next: 'Choose another name.',
    where: { file: folder },
  });
}
