import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readdir, realpath, rm, rmdir, stat, statfs } from 'node:fs/promises';
import { dirname, join, parse } from 'node:path';
import { asProblem, cancelled } from '../../../../../shared/problem.ts';
import { renameOver } from '../../../durable/give-name.ts';
import { makeFolders } from '../../../durable/make-folders.ts';
import { syncFolder } from '../../../durable/sync-folder.ts';
import { isMissing, systemErrorCode } from '../../../durable/system-error.ts';
import { replaceFile } from '../../../durable/write-file.ts';
import { ahead } from '../../node/ahead.ts';
import { rangeBytes, rangesFrom } from '../../node/node-files.ts';
import { type PlaceFile, partSuffix, recordFile } from '../archive-layout.ts';
import { type Going, limits, type SourceFile, type TargetPlace } from '../target-place.ts';
import { archiveGone, copyMismatch, sourceChanged } from '../target-problems.ts';
import { folderMissing, folderProblem, leadsElsewhere, noRoom, tooLong, tooMany } from './folder-problems.ts';

const kept = 'What was copied so far is used by the next try.';
const { O_RDONLY, O_RDWR, O_CREAT } = constants;
/** Windows does not have it. */
const noFollow: number | undefined = constants.O_NOFOLLOW;
/** Archives lie three folders deep. */
const depth = 3;

/** A folder of this machine. `name` is the target's. */
export function createLocalPlace(name: string, folder: string): TargetPlace {
  /** The real path of a folder of ours, which lies where its names say: nobody put a link in the way. */
  async function inside(relative: string, { make = false } = {}): Promise<string> {
    const base = await realpath(folder).catch((error: unknown) => {
      throw isMissing(error) ? folderMissing(name, folder) : error;
    });
    const wanted = relative === '' || relative === '.' ? base : join(base, ...relative.split('/'));
    if (make) await makeBelow(base, relative);
    if ((await realpath(wanted)) !== wanted) throw leadsElsewhere(name, wanted);
    return wanted;
  }

  /** One after the other, so that none is made behind a link. */
  async function makeBelow(base: string, relative: string): Promise<void> {
    let at = base;
    for (const part of relative.split('/')) {
      at = join(at, part);
      const about = await unlessMissing(() => lstat(at));
      if (about && !about.isDirectory()) throw leadsElsewhere(name, at);
      if (!about) await makeFolders(at, { mode: 0o700 });
    }
  }

  async function openIn(path: string, flags: number, mode?: number): Promise<FileHandle> {
    const parent = await inside(dirname(path));
    const handle = await open(join(parent, parse(path).base), flags | (noFollow ?? 0), mode);
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
    throw leadsElsewhere(name, path);
  }

  async function asked<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    if (signal.aborted) throw cancelled(kept);
    try {
      return await work();
    } catch (error) {
      if (asProblem(error)) throw error;
      throw signal.aborted ? cancelled(kept) : folderProblem(name, error);
    }
  }

  function digest(path: string, { signal, progress }: Going) {
    return unlessMissing(async () => {
      const handle = await openIn(path, O_RDONLY);
      try {
        const hash = createHash('sha256');
        const buffer = Buffer.allocUnsafe(4 * 1024 * 1024);
        let sizeBytes = 0;
        for (;;) {
          if (signal.aborted) throw cancelled('Nothing was changed.');
          const { bytesRead } = await handle.read(buffer, 0, buffer.length, sizeBytes);
          if (bytesRead === 0) return { sha256: hash.digest('hex'), sizeBytes };
          hash.update(buffer.subarray(0, bytesRead));
          sizeBytes += bytesRead;
          progress(sizeBytes);
        }
      } finally {
        await handle.close();
      }
    });
  }

  /** From where an earlier try stopped. Whether it had, is answered. */
  async function fill(part: string, source: SourceFile, { signal, progress }: Going): Promise<boolean> {
    const handle = await openIn(part, O_RDWR | O_CREAT, 0o600);
    try {
      let have = Math.min((await handle.stat()).size, source.sizeBytes);
      const goesOn = have > 0;
      const read = ({ from, length }: { from: number; length: number }) =>
        source.files.read(source.path, from, length, signal);
      for await (const bytes of ahead(rangesFrom(have, source.sizeBytes), read)) {
        await writeAll(handle, bytes, have);
        have += bytes.length;
        progress(have);
      }
      await handle.truncate(source.sizeBytes);
      await handle.sync();
      return goesOn;
    } finally {
      await handle.close();
    }
  }

  async function put(path: string, source: SourceFile, going: Going): Promise<'read-back'> {
    const { signal } = going;
    const quiet = { signal, progress: () => undefined };
    if ((await digest(path, quiet))?.sha256 === source.sha256) {
      going.progress(source.sizeBytes);
      return 'read-back';
    }
    const parent = await inside(dirname(path), { make: true });
    const part = `${path}${partSuffix}`;
    await requireRoom(parent, part, source);
    for (;;) {
      const wentOn = await fill(part, source, going);
      if ((await digest(part, quiet))?.sha256 === source.sha256) break;
      await rm(join(parent, parse(part).base), { force: true });
      const now = await source.files.digest(source.path, source.sizeBytes, signal);
      if (now?.sha256 !== source.sha256) throw sourceChanged(source.path, source.files.node);
      // What was gone on with was not the beginning of this file.
      if (!wentOn) throw copyMismatch(name, path);
    }
    await renameOver(join(parent, parse(part).base), join(parent, parse(path).base));
    await syncFolder(parent);
    return 'read-back';
  }

  async function requireRoom(parent: string, part: string, { sizeBytes }: SourceFile): Promise<void> {
    const { bavail, bsize } = await statfs(parent);
    const have = (await unlessMissing(() => lstat(join(parent, parse(part).base))))?.size ?? 0;
    if (bavail * bsize >= sizeBytes - have) return;
    throw noRoom(name, sizeBytes - have, bavail * bsize);
  }

  return {
    where: folder,

    look: (signal) =>
      asked(signal, () =>
        unlessMissing(async () => {
          if (!(await stat(folder)).isDirectory()) return undefined;
          const { bavail, bsize } = await statfs(folder);
          const [own, root] = await Promise.all([stat(folder), stat(parse(folder).root)]);
          return { availableBytes: bavail * bsize, onRoot: own.dev === root.dev };
        }),
      ),

    read: (path, limitBytes, signal) =>
      asked(signal, () =>
        unlessMissing(async () => {
          const handle = await openIn(path, O_RDONLY);
          try {
            const buffer = Buffer.alloc(limitBytes + 1);
            const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
            if (bytesRead > limitBytes) throw tooLong(name, path);
            return buffer.subarray(0, bytesRead);
          } finally {
            await handle.close();
          }
        }),
      ),

    write: (path, bytes, signal) =>
      asked(signal, async () => {
        const parent = await inside(dirname(path), { make: dirname(path) !== '.' });
        const file = join(parent, parse(path).base);
        await rm(`${file}${partSuffix}`, { force: true });
        await replaceFile(file, bytes, `${file}${partSuffix}`);
      }),

    list: (signal) =>
      asked(signal, async () => {
        const found: PlaceFile[] = [];
        const base = await inside('');
        const look = async (below: string, level: number): Promise<void> => {
          for (const entry of await readdir(join(base, below), { withFileTypes: true })) {
            const path = below === '' ? entry.name : `${below}/${entry.name}`;
            if (signal.aborted) throw cancelled('Nothing was changed.');
            if (entry.isDirectory() && level < depth) await look(path, level + 1);
            if (!entry.isFile() || level < depth) continue;
            if (found.length >= limits.files) throw tooMany(name);
            const about = await lstat(join(base, path));
            found.push({ path, sizeBytes: about.size, changed: Math.floor(about.mtimeMs / 1000) });
          }
        };
        await look('', 0);
        return found;
      }),

    put: (path, source, going) => asked(going.signal, () => put(path, source, going)),

    digest: (path, going) => asked(going.signal, () => digest(path, going)),

    bring: (path, to, size, { signal, progress }) =>
      asked(signal, async () => {
        const handle = await openIn(path, O_RDONLY).catch((error: unknown) => {
          throw isMissing(error) ? archiveGone(name, path) : error;
        });
        try {
          let have = Math.min(size, (await to.files.size(to.path, signal)) ?? 0);
          const buffer = Buffer.allocUnsafe(rangeBytes);
          while (have < size) {
            const { bytesRead } = await handle.read(buffer, 0, Math.min(rangeBytes, size - have), have);
            if (bytesRead === 0) throw archiveGone(name, path);
            await to.files.write(to.path, have, buffer.subarray(0, bytesRead), signal);
            have += bytesRead;
            progress(have);
          }
        } finally {
          await handle.close();
        }
      }),

    remove: (relative, signal) =>
      asked(signal, async () => {
        const gone = await unlessMissing(async () => {
          const parent = await inside(relative);
          await rm(join(parent, recordFile), { force: true });
          await syncFolder(parent);
          for (const entry of await readdir(parent, { withFileTypes: true }))
            if (!entry.isDirectory()) await rm(join(parent, entry.name), { force: true });
          // What else is in it is not ours.
          await rmdir(parent).catch((error: unknown) => {
            if (systemErrorCode(error) !== 'ENOTEMPTY' && systemErrorCode(error) !== 'EEXIST') throw error;
          });
          await syncFolder(dirname(parent));
          return true;
        });
        if (gone === undefined) throw archiveGone(name, parse(relative).base);
      }),
  };
}

async function unlessMissing<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}
