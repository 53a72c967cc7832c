import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, lstat, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Problem } from '../../../shared/problem.ts';
import { isMissing, systemErrorCode, writeProblem } from './file-errors.ts';

/** Temporary files of a write; only made under the lab's lock, so a holder of the lock may remove any it finds. */
const temporaryName = /^\.sifaka-[0-9a-f-]{36}\.tmp$/;

/** A file that is written and safe on disk, but not under its name yet. */
export interface StagedFile {
  commit(): Promise<void>;
  discard(): Promise<void>;
}

export interface WriteOptions {
  /** Permission bits; without it those of the file it replaces, or 0644. */
  readonly mode?: number;
  /** LAB_FILE_EXISTS when the name is taken. */
  readonly mustNotExist?: boolean;
}

/** Gets a folder's path for as long as it runs, and its handle for syncing where the system has such. */
export type InFolder<Result> = (path: string, handle: FileHandle | undefined) => Promise<Result>;

/** Where a file goes: a name in a folder that is opened anew for each step. */
export interface WritePlace {
  /** As the operator knows it. */
  readonly file: string;
  readonly name: string;
  readonly inParent: <Result>(run: InFolder<Result>) => Promise<Result>;
}

/** `pending` holds the names of temporary files that wait for their commit. */
export async function stageFile(
  { file, name, inParent }: WritePlace,
  bytes: Uint8Array,
  options: WriteOptions,
  pending: Set<string>,
): Promise<StagedFile> {
  const temporary = `.sifaka-${randomUUID()}.tmp`;
  const discard = async () => {
    pending.delete(temporary);
    try {
      await inParent((path) => rm(join(path, temporary), { force: true }));
    } catch (error) {
      // What cannot be removed now goes with the next write; the caller's own problem matters more.
      if (writeProblem(file, error) === error && !(error instanceof Problem)) throw error;
    }
  };
  try {
    await inParent(async (path) => {
      await removeLeftovers(path, pending);
      const mode = options.mode ?? (await modeOf(join(path, name))) ?? 0o644;
      pending.add(temporary);
      await writeSynced(join(path, temporary), bytes, mode);
    });
  } catch (error) {
    await discard();
    throw writeProblem(file, error);
  }
  return {
    commit: async () => {
      try {
        await inParent(async (path, handle) => {
          await putUnderName(join(path, temporary), join(path, name), file, options.mustNotExist ?? false);
          await handle?.sync();
        });
        pending.delete(temporary);
      } catch (error) {
        throw writeProblem(file, error);
      }
    },
    discard,
  };
}

async function writeSynced(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  const handle = await open(path, O_WRONLY | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0), 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.chmod(mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What a killed process left: whoever holds the lab's lock is the only writer. */
async function removeLeftovers(path: string, pending: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(path)) {
    if (temporaryName.test(name) && !pending.has(name)) await rm(join(path, name), { force: true });
  }
}

async function modeOf(path: string): Promise<number | undefined> {
  try {
    return (await lstat(path)).mode & 0o777;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** File systems without hard links (FAT) answer one of these. */
const noHardLinks = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

async function putUnderName(
  temporary: string,
  target: string,
  file: string,
  mustNotExist: boolean,
): Promise<void> {
  if (!mustNotExist) return renameOver(temporary, target);
  try {
    // A link refuses a taken name, where a rename would replace it.
    await link(temporary, target);
  } catch (error) {
    const code = systemErrorCode(error) ?? '';
    if (code !== 'EEXIST' && !noHardLinks.has(code)) throw error;
    if (code !== 'EEXIST' && (await modeOf(target)) === undefined) return renameOver(temporary, target);
    throw new Problem('LAB_FILE_EXISTS', {
      what: `The lab already has a file ${file}.`,
      state: 'It is as it was; nothing was written.',
      next: 'Choose another name, or ask for it to be replaced.',
      where: { file },
    });
  }
  await rm(temporary);
}

/** On Windows a file that a scanner or an indexer has open cannot be replaced for a moment. */
async function renameOver(temporary: string, target: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await rename(temporary, target);
    } catch (error) {
      if (process.platform !== 'win32' || attempt === 10 || systemErrorCode(error) === 'ENOENT') throw error;
      await setTimeout(attempt * 20);
    }
  }
}
