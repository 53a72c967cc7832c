import { constants, existsSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { Problem } from '../../../shared/problem.ts';
import {
  fileMissing,
  isMissing,
  pathEscapes,
  readProblem,
  systemErrorCode,
  writeProblem,
} from './file-errors.ts';
import { readFolderTree, type TreeEntry, type TreeLimits } from './folder-tree.ts';
import { labPathParts } from './lab-path.ts';
import { onOneLine } from './plain-text.ts';
import { type InFolder, type StagedFile, stageFile, type WriteOptions } from './staged-file.ts';
import { type NewFile, stageFolder } from './staged-folder.ts';

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/**
 * Files below one folder and nowhere else. A link may point to another place inside. Between the check of a path and
 * its use a folder could be swapped for a link, so on Linux every folder is opened by descriptor without following
 * links (/proc/self/fd acts as openat); elsewhere the opened file is compared with the checked path afterwards.
 */
export class ConfinedFolder {
  readonly root: string;
  /** Temporary files that wait for their commit. */
  private readonly staged = new Set<string>();

  private readonly byDescriptor: boolean;

  private constructor(root: string, byDescriptor: boolean) {
    this.root = root;
    this.byDescriptor = byDescriptor;
  }

  /** LAB_NOT_FOUND unless it is a folder that can be listed. `byDescriptor` is for Linux only, and its default there. */
  static async open(
    path: string,
    byDescriptor = process.platform === 'linux' && existsSync('/proc/self/fd'),
  ): Promise<ConfinedFolder> {
    try {
      const root = await realpath(path);
      await readdir(root);
      return new ConfinedFolder(root, byDescriptor);
    } catch (error) {
      throw new Problem(
        'LAB_NOT_FOUND',
        {
          what: `${onOneLine(path, 500)} is not a folder that can be opened.`,
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

  /** The first bytes of a file, at most so many. */
  async readStart(file: string, bytes: number): Promise<Buffer> {
    const handle = await this.openRegular(file, await this.locate(file));
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0);
      return buffer.subarray(0, bytesRead);
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

  /** Names of the folders in a folder, sorted, without hidden ones and links; a folder that is missing has none. */
  async listFolders(folder: string): Promise<string[]> {
    try {
      const parts = await this.locate(folder);
      return await this.inFolder(folder, parts, async (path) =>
        (await readdir(path, { withFileTypes: true }))
          .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
          .map((entry) => entry.name)
          .toSorted(),
      );
    } catch (error) {
      const problem = readProblem(folder, error);
      if (problem instanceof Problem && problem.code === 'LAB_FILE_MISSING') return [];
      throw problem;
    }
  }

  /** Everything below a folder. No link is followed, not even on the way to it. LAB_FILE_MISSING, LAB_FILE_INVALID. */
  readTree(folder: string, limits: TreeLimits): Promise<TreeEntry[]> {
    const top = labPathParts(folder);
    return readFolderTree(folder, limits, (parts, run) => this.inFolder(folder, [...top, ...parts], run));
  }

  /** A whole folder that is written and synced, but not under its name yet. Only under the lab's lock. LAB_FILE_EXISTS. */
  async stageFolder(folder: string, files: readonly NewFile[]): Promise<StagedFile> {
    const parts = await this.placeToWrite(folder);
    const name = parts.at(-1);
    if (name === undefined) throw pathEscapes('The lab folder', 'is there already');
    const parent = parts.slice(0, -1);
    try {
      await this.makeFolders(parent);
    } catch (error) {
      throw writeProblem(folder, error);
    }
    return stageFolder({ file: folder, name, inParent: (run) => this.inFolder(folder, parent, run) }, files);
  }

  /** Writes a temporary file beside the file and syncs it. Only under the lab's lock. */
  async stage(file: string, bytes: Uint8Array, options: WriteOptions = {}): Promise<StagedFile> {
    const parts = await this.placeToWrite(file);
    const name = parts.at(-1);
    if (name === undefined)
      throw pathEscapes(file === '' ? 'The lab folder' : file, 'is a folder, not a file');
    const parent = parts.slice(0, -1);
    try {
      await this.makeFolders(parent);
    } catch (error) {
      throw writeProblem(file, error);
    }
    const place = { file, name, inParent: <R>(run: InFolder<R>) => this.inFolder(file, parent, run) };
    return stageFile(place, bytes, options, this.staged);
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

  private async openRegular(file: string, parts: readonly string[]): Promise<FileHandle> {
    const name = parts.at(-1);
    if (name === undefined) throw notRegular(file === '' ? 'The lab folder' : file);
    try {
      return await this.inFolder(file, parts.slice(0, -1), async (path) => {
        const handle = await open(join(path, name), O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0));
        try {
          const opened = await handle.stat({ bigint: true });
          if (!opened.isFile()) throw notRegular(file);
          if (!this.byDescriptor) {
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
    run: InFolder<Result>,
  ): Promise<Result> {
    if (this.byDescriptor) {
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
