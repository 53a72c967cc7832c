import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import {
  type FileHandle,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Problem } from '../../../shared/problem.ts';
import {
  fileMissing,
  isMissing,
  pathEscapes,
  readProblem,
  systemErrorCode,
  writeProblem,
} from './file-errors.ts';
import { labPathParts } from './lab-path.ts';

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

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

/**
 * Files below one folder and nowhere else. A link may point to another place inside. Between the check of a path and
 * its use a folder could be swapped for a link, so on Linux every folder is opened by descriptor without following
 * links (/proc/self/fd acts as openat); elsewhere the opened file is compared with the checked path afterwards.
 */
export class ConfinedFolder {
  readonly root: string;
  /** Temporary files that wait for their commit. */
  private readonly staged = new Set<string>();

  private constructor(root: string) {
    this.root = root;
  }

  /** LAB_NOT_FOUND unless it is a folder that can be listed. */
  static async open(path: string): Promise<ConfinedFolder> {
    try {
      const root = await realpath(path);
      await readdir(root);
      return new ConfinedFolder(root);
    } catch (error) {
      throw new Problem(
        'LAB_NOT_FOUND',
        {
          what: `${path} is not a folder that can be opened.`,
          state: 'No lab is open.',
          next: 'Choose an existing lab folder; --lab DIR names it on the command line.',
        },
        { cause: error },
      );
    }
  }

  /** The file's real place as parts below the root, links followed. LAB_FILE_MISSING, LAB_PATH_ESCAPES. */
  private async locate(file: string): Promise<string[]> {
    const wanted = join(this.root, ...labPathParts(file));
    let real: string;
    try {
      real = await realpath(wanted);
    } catch (error) {
      if (systemErrorCode(error) === 'ELOOP') throw pathEscapes(file, 'is a link that leads in circles');
      throw readProblem(file, error);
    }
    return this.partsBelowRoot(file, real);
  }

  private partsBelowRoot(file: string, real: string): string[] {
    const below = relative(this.root, real);
    if (below === '') return [];
    if (below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below)) {
      throw pathEscapes(file, 'is a link that leads out of the lab');
    }
    return below.split(sep);
  }

  /** Absolute path of an existing regular file, links followed. */
  async resolve(file: string): Promise<string> {
    const parts = await this.locate(file);
    const handle = await this.openRegular(file, parts);
    await handle.close();
    return join(this.root, ...parts);
  }

  async exists(file: string): Promise<boolean> {
    try {
      await this.resolve(file);
      return true;
    } catch (error) {
      if (error instanceof Problem && error.code === 'LAB_FILE_MISSING') return false;
      throw error;
    }
  }

  /** The whole file; LAB_FILE_INVALID when it has more than `limitBytes`. */
  async readBytes(file: string, limitBytes: number): Promise<Buffer> {
    const handle = await this.openRegular(file, await this.locate(file));
    try {
      const chunks: Buffer[] = [];
      let length = 0;
      for (;;) {
        const { bytesRead, buffer } = await handle.read(Buffer.alloc(65536), 0, 65536, null);
        if (bytesRead === 0) return Buffer.concat(chunks, length);
        length += bytesRead;
        if (length > limitBytes) throw tooLarge(file, limitBytes);
        chunks.push(buffer.subarray(0, bytesRead));
      }
    } catch (error) {
      throw readProblem(file, error);
    } finally {
      await handle.close();
    }
  }

  /** Names of the regular files in a folder, sorted, without hidden ones; a folder that is missing has none. */
  async listFiles(folder: string): Promise<string[]> {
    try {
      const parts = await this.locate(folder);
      return await this.inFolder(folder, parts, async (path) => {
        const entries = await readdir(path, { withFileTypes: true });
        const names = entries
          .filter((entry) => entry.isFile() || entry.isSymbolicLink())
          .map((entry) => entry.name);
        return names.filter((name) => !name.startsWith('.')).toSorted();
      });
    } catch (error) {
      const problem = readProblem(folder, error);
      if (problem instanceof Problem && problem.code === 'LAB_FILE_MISSING') return [];
      throw problem;
    }
  }

  /** Writes a temporary file beside the file and syncs it. Only under the lab's lock. */
  async stage(file: string, bytes: Uint8Array, options: WriteOptions = {}): Promise<StagedFile> {
    const parts = await this.placeToWrite(file);
    const name = parts.at(-1);
    if (name === undefined)
      throw pathEscapes(file === '' ? 'The lab folder' : file, 'is a folder, not a file');
    const parent = parts.slice(0, -1);
    const temporary = `.sifaka-${randomUUID()}.tmp`;
    try {
      await this.makeFolders(parent);
      await this.inFolder(file, parent, async (path) => {
        await this.removeLeftovers(path);
        const mode = options.mode ?? (await modeOf(join(path, name))) ?? 0o644;
        const handle = await open(
          join(path, temporary),
          O_WRONLY | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0),
          0o600,
        );
        try {
          await handle.writeFile(bytes);
          await handle.chmod(mode);
          await handle.sync();
        } catch (error) {
          await handle.close();
          await rm(join(path, temporary), { force: true });
          throw error;
        }
        await handle.close();
        this.staged.add(temporary);
      });
    } catch (error) {
      throw writeProblem(file, error);
    }
    return {
      commit: async () => {
        try {
          await this.inFolder(file, parent, async (path, handle) => {
            await putUnderName(join(path, temporary), join(path, name), file, options.mustNotExist ?? false);
            await handle?.sync();
          });
          this.staged.delete(temporary);
        } catch (error) {
          throw writeProblem(file, error);
        }
      },
      discard: async () => {
        this.staged.delete(temporary);
        await this.inFolder(file, parent, (path) => rm(join(path, temporary), { force: true }));
      },
    };
  }

  /** Atomically creates or replaces a file, and reads it back. Only under the lab's lock. */
  async write(file: string, bytes: Uint8Array, options: WriteOptions = {}): Promise<void> {
    const staged = await this.stage(file, bytes, options);
    try {
      await staged.commit();
    } catch (error) {
      await staged.discard();
      throw error;
    }
    const found = await this.readBytes(file, bytes.length);
    if (!found.equals(bytes)) {
      throw new Problem('LAB_UNWRITABLE', {
        what: `${file} does not read back as it was written.`,
        state: 'The file may be damaged.',
        next: 'Check the disk the lab is on, and restore the file from git.',
        where: { file },
      });
    }
  }

  /** The real parts of a file that may not exist yet: the part that exists is checked, the rest comes below it. */
  private async placeToWrite(file: string): Promise<string[]> {
    const wanted = labPathParts(file);
    for (let existing = wanted.length; existing >= 0; existing -= 1) {
      try {
        const real = await realpath(join(this.root, ...wanted.slice(0, existing)));
        return [...this.partsBelowRoot(file, real), ...wanted.slice(existing)];
      } catch (error) {
        if (systemErrorCode(error) === 'ELOOP') throw pathEscapes(file, 'is a link that leads in circles');
        if (error instanceof Problem || !isMissing(error)) throw writeProblem(file, error);
      }
    }
    throw fileMissing(file);
  }

  private async makeFolders(parts: readonly string[]): Promise<void> {
    for (const [index, part] of parts.entries()) {
      await this.inFolder(parts.join('/'), parts.slice(0, index), async (path, handle) => {
        try {
          await mkdir(join(path, part), { mode: 0o755 });
          await handle?.sync();
        } catch (error) {
          if (systemErrorCode(error) !== 'EEXIST') throw error;
        }
      });
    }
  }

  /** What a killed process left: whoever holds the lab's lock is the only writer. */
  private async removeLeftovers(path: string): Promise<void> {
    for (const name of await readdir(path)) {
      if (temporaryName.test(name) && !this.staged.has(name)) await rm(join(path, name), { force: true });
    }
  }

  private async openRegular(file: string, parts: readonly string[]): Promise<FileHandle> {
    const name = parts.at(-1);
    if (name === undefined) throw notRegular(file === '' ? 'The lab folder' : file);
    try {
      return await this.inFolder(file, parts.slice(0, -1), async (path) => {
        const handle = await open(join(path, name), O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0));
        try {
          const opened = await handle.stat({ bigint: true });
          if (!opened.isFile()) throw notRegular(file);
          if (process.platform !== 'linux') {
            const real = join(this.root, ...parts);
            const now = (await realpath(real)) === real ? await stat(real, { bigint: true }) : undefined;
            if (now?.ino !== opened.ino || now.dev !== opened.dev) {
              throw pathEscapes(file, 'was replaced while it was opened');
            }
          }
        } catch (error) {
          await handle.close();
          throw error;
        }
        return handle;
      });
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === 'EISDIR' || code === 'ENXIO') throw notRegular(file);
      throw readProblem(file, error);
    }
  }

  /**
   * Runs with a path for the folder that cannot be redirected while it runs (Linux), or that was just checked. The
   * handle is for syncing; Windows has none for folders.
   */
  private async inFolder<Result>(
    file: string,
    parts: readonly string[],
    run: (path: string, handle: FileHandle | undefined) => Promise<Result>,
  ): Promise<Result> {
    if (process.platform === 'linux') {
      let handle = await open(this.root, O_RDONLY | O_DIRECTORY);
      try {
        for (const part of parts) {
          const next = await openPart(file, `/proc/self/fd/${handle.fd}/${part}`);
          await handle.close();
          handle = next;
        }
        return await run(`/proc/self/fd/${handle.fd}`, handle);
      } finally {
        await handle.close();
      }
    }
    const path = join(this.root, ...parts);
    if ((await realpath(path)) !== path) throw pathEscapes(file, 'lies behind a link that was just made');
    if (process.platform === 'win32') return run(path, undefined);
    const handle = await open(path, O_RDONLY | O_DIRECTORY);
    try {
      return await run(path, handle);
    } finally {
      await handle.close();
    }
  }
}

async function openPart(file: string, path: string): Promise<FileHandle> {
  try {
    return await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ELOOP' || code === 'ENOTDIR') throw pathEscapes(file, 'lies behind a link or below a file');
    throw error;
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

function notRegular(file: string): Problem {
  return new Problem('LAB_FILE_INVALID', {
    what: `${file} is not an ordinary file.`,
    state: 'Nothing was read.',
    next: 'Put an ordinary file there.',
    where: { file },
  });
}

function tooLarge(file: string, limitBytes: number): Problem {
  return new Problem('LAB_FILE_INVALID', {
    what: `${file} is larger than ${limitBytes} bytes.`,
    state: 'It was not read any further.',
    next: 'Make the file smaller, or check that it is the one that is meant.',
    where: { file },
  });
}
