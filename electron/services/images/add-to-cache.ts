import { createHash } from 'node:crypto';
import { chmod, constants, copyFile, type FileHandle, open, rename, rm, statfs } from 'node:fs/promises';
import { cancelled } from '../../../shared/problem.ts';
import { syncFolder } from '../durable/sync-folder.ts';
import { systemErrorCode } from '../durable/system-error.ts';
import { imagePath, removeImage, writeEntry } from './cache-index.ts';
import { checkedContent, type ContentChecks } from './checked-content.ts';
import { decompress } from './decompress.ts';
import { detectFormat, type ImageFormat } from './image-format.ts';
import type { CachedImage } from './image-cache.ts';
import {
  cacheProblem,
  cacheUnwritable,
  digestMismatch,
  formatUnknown,
  imageTruncated,
} from './image-problems.ts';
import { endOfLastPartition, partitionTableBytes } from './partition-ends.ts';
import { cancelledState, openSourceFile, type ReportProgress, type SourceFile } from './source-file.ts';
import { type WrittenFile, writeSparse } from './sparse-file.ts';
import { temporaryPath } from './temporary-files.ts';
import { unzip } from './unzip.ts';

export interface Addition {
  readonly folder: string;
  readonly file: string;
  readonly fileSha256: string;
  readonly xzProgram: string | undefined;
  readonly now: Date;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ReportProgress | undefined;
}

/**
 * Brings the raw image of a published file into the cache: written to a temporary file, everything checked, read back,
 * and only then named by its digest. Whatever fails leaves the cache as it was.
 */
export async function addToCache(addition: Addition): Promise<CachedImage> {
  const { folder, file } = addition;
  const source = await openSourceFile(file);
  const temporary = temporaryPath(folder);
  try {
    if (source.size === 0) throw imageTruncated(file, 'it is empty');
    const format = detectFormat(await source.head());
    if (typeof format === 'object') throw formatUnknown(file, `it is ${format.unknown}`);
    const cloned = format === 'raw' && (await clone(file, temporary));
    const handle = await open(temporary, cloned ? 'r+' : 'wx+', 0o600);
    let written: WrittenFile;
    try {
      written = await fill(handle, { source, format, cloned, addition });
      await checkWhole(file, handle, written.size);
      await handle.sync();
      await readBack(handle, written, addition);
      await handle.chmod(0o400);
    } finally {
      await handle.close();
    }
    if (addition.signal?.aborted) throw cancelled(cancelledState);
    await giveName(folder, temporary, written);
    await writeEntry(folder, {
      schema: 'sifaka.cached-image/1',
      fileSha256: addition.fileSha256,
      rawSha256: written.sha256,
      size: written.size,
      fileSize: source.size,
      cachedAt: addition.now.toISOString(),
    });
    return { path: imagePath(folder, written.sha256), rawSha256: written.sha256, size: written.size };
  } catch (error) {
    throw cacheProblem(folder, error);
  } finally {
    await source.close();
    await removeTemporary(folder, temporary);
  }
}

async function removeTemporary(folder: string, temporary: string): Promise<void> {
  try {
    await rm(temporary, { force: true });
  } catch (error) {
    throw cacheProblem(folder, error);
  }
}

/** On a file system with reflinks a raw image costs neither time nor space. What is then hashed is the clone itself. */
async function clone(file: string, temporary: string): Promise<boolean> {
  try {
    await copyFile(file, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
    await chmod(temporary, 0o600);
    return true;
  } catch (error) {
    // No reflinks here, or none between the two disks: the bytes are copied instead, and tell what else is wrong.
    if (systemErrorCode(error) === undefined) throw error;
    await rm(temporary, { force: true });
    return false;
  }
}

interface Filling {
  readonly source: SourceFile;
  readonly format: ImageFormat;
  readonly cloned: boolean;
  readonly addition: Addition;
}

/** Fills the temporary file; answers only when the published file's digest is the inventory's. */
async function fill(handle: FileHandle, { source, format, cloned, addition }: Filling): Promise<WrittenFile> {
  const { folder, file, fileSha256, xzProgram, signal, onProgress } = addition;
  if (cloned) {
    const written = await digestOf(handle, signal, onProgress);
    expectDigest(file, fileSha256, written.sha256);
    return written;
  }
  const checks = async (): Promise<ContentChecks> => ({
    file,
    folder,
    signal,
    limitBytes: await freeBytes(folder),
  });
  if (format === 'zip') {
    // Its table of contents is at its end: unpacked from a copy, so that what was hashed is what is unpacked.
    const copy = temporaryPath(folder);
    try {
      const half = source.size;
      const read = source.read({ signal, onProgress: (done, total) => onProgress?.(done, total + half) });
      expectDigest(file, fileSha256, await copyArchive(copy, read));
      const entry = unzip(copy, {
        file,
        onProgress: (part) => onProgress?.(Math.round(half * (1 + part)), 2 * half),
      });
      return await writeSparse(handle, checkedContent(entry, await checks()));
    } finally {
      await rm(copy, { force: true });
    }
  }
  const read = source.read({ signal, onProgress });
  const content = format === 'raw' ? read : decompress(format, read, { file, xzProgram });
  const written = await writeSparse(handle, checkedContent(content, await checks()));
  expectDigest(file, fileSha256, source.sha256());
  return written;
}

async function copyArchive(path: string, content: AsyncIterable<Uint8Array>): Promise<string> {
  const handle = await open(path, 'wx', 0o600);
  try {
    return (await writeSparse(handle, content)).sha256;
  } finally {
    await handle.close();
  }
}

function expectDigest(file: string, expected: string, found: string): void {
  if (found !== expected) throw digestMismatch(file, expected, found);
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** The end of the file is where the partition table says there should be more. */
async function checkWhole(file: string, handle: FileHandle, size: number): Promise<void> {
  if (size % 512 !== 0) throw imageTruncated(file, 'the disk image ends in the middle of a sector');
  const table = Buffer.alloc(partitionTableBytes);
  const { bytesRead } = await handle.read(table, 0, table.length, 0);
  const end = endOfLastPartition(table.subarray(0, bytesRead));
  if (end > size)
    throw imageTruncated(file, `its last partition ends at byte ${end}, the disk image at byte ${size}`);
}

/** What the disk took is what was meant, before it gets a name. */
async function readBack(
  handle: FileHandle,
  written: WrittenFile,
  { folder, signal }: Addition,
): Promise<void> {
  const found = await digestOf(handle, signal);
  if (found.sha256 !== written.sha256 || found.size !== written.size) {
    throw cacheUnwritable(folder, 'what was written there reads back differently; check that disk');
  }
}

async function digestOfFile(path: string): Promise<string> {
  const handle = await open(path, 'r');
  try {
    return (await digestOf(handle, undefined)).sha256;
  } finally {
    await handle.close();
  }
}

async function digestOf(
  handle: FileHandle,
  signal: AbortSignal | undefined,
  onProgress?: ReportProgress,
): Promise<WrittenFile> {
  const hash = createHash('sha256');
  const total = (await handle.stat()).size;
  const buffer = Buffer.alloc(1024 * 1024);
  for (let size = 0; ; ) {
    if (signal?.aborted) throw cancelled(cancelledState);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, size);
    if (bytesRead === 0) return { size, sha256: hash.digest('hex') };
    hash.update(buffer.subarray(0, bytesRead));
    size += bytesRead;
    onProgress?.(size, Math.max(total, size));
  }
}

/**
 * Content-addressed: whatever stands under that name already was meant to be the same bytes, and is replaced. Windows
 * refuses to rename onto a file that is read-only or open; one that holds the right bytes is then as good.
 */
async function giveName(folder: string, temporary: string, written: WrittenFile): Promise<void> {
  const path = imagePath(folder, written.sha256);
  try {
    await rename(temporary, path);
  } catch (error) {
    if (
      process.platform !== 'win32' ||
      !['EPERM', 'EACCES', 'EEXIST', 'EBUSY'].includes(systemErrorCode(error) ?? '')
    )
      throw error;
    if ((await digestOfFile(path)) !== written.sha256) {
      await removeImage(folder, written.sha256);
      await rename(temporary, path);
    }
  }
  await syncFolder(folder);
}
