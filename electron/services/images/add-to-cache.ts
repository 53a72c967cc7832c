import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { cancelled } from '../../../shared/problem.ts';
import { renameOver } from '../durable/give-name.ts';
import { syncFolder } from '../durable/sync-folder.ts';
import { systemErrorCode } from '../durable/system-error.ts';
import { writeNewFile } from '../durable/write-file.ts';
import { type CacheEntry, entryPath, entryText, imagePath, removeImage } from './cache-index.ts';
import { chunkIndexPath, digestOfIndex } from './chunk-index.ts';
import type { DigestedImage } from './digested-image.ts';
import { digestRawImage } from './digest-raw-image.ts';
import { type Addition, cloneImage, fillImage } from './fill-image.ts';
import { HashThread } from './hash-thread.ts';
import type { CachedImage } from './image-cache.ts';
import { detectFormat } from './image-format.ts';
import { cacheProblem, cacheUnwritable, formatUnknown, imageTruncated } from './image-problems.ts';
import { endOfLastPartition, partitionTableBytes } from './partition-ends.ts';
import { readsBackAs } from './read-back.ts';
import { cancelledState, openSourceFile, type SourceFile } from './source-file.ts';
import { temporaryPath } from './temporary-files.ts';

/** What is made under temporary names first; all of it is on the disk before any of it gets its name. */
interface Staged {
  readonly image: string;
  readonly chunks: string;
  readonly entry: string;
}

/**
 * Brings the raw image of a published file into the cache: written to a temporary file, everything checked, read back,
 * and only then named by its digest. Whatever fails leaves the cache as it was.
 */
export async function addToCache(addition: Addition): Promise<CachedImage> {
  const { folder, file, signal } = addition;
  const source = await openSourceFile(file);
  const staged = {
    image: temporaryPath(folder),
    chunks: temporaryPath(folder),
    entry: temporaryPath(folder),
  };
  try {
    const image = await makeImage(staged.image, source, addition);
    await writeNewFile(staged.chunks, image.chunks);
    const entry: CacheEntry = {
      schema: 'sifaka.cached-image/1',
      fileSha256: addition.fileSha256,
      rawSha256: image.sha256,
      size: image.size,
      fileSize: source.size,
      cachedAt: addition.now.toISOString(),
      chunksSha256: digestOfIndex(image.chunks),
    };
    await writeNewFile(staged.entry, entryText(entry));
    if (signal?.aborted) throw cancelled(cancelledState);
    await giveNames(folder, staged, entry);
    return { path: imagePath(folder, image.sha256), rawSha256: image.sha256, size: image.size };
  } catch (error) {
    throw cacheProblem(folder, error);
  } finally {
    await source.close();
    await removeStaged(folder, staged);
  }
}

/** The whole image in a temporary file, on the disk and read back from it. */
async function makeImage(temporary: string, source: SourceFile, addition: Addition): Promise<DigestedImage> {
  const { folder, file, signal } = addition;
  if (source.size === 0) throw imageTruncated(file, 'it is empty');
  const format = detectFormat(await source.head());
  if (typeof format === 'object') throw formatUnknown(file, `it is ${format.unknown}`);
  const cloned = format === 'raw' && (await cloneImage(file, temporary));
  const handle = await open(temporary, cloned ? 'r+' : 'wx+', 0o600);
  const thread = new HashThread();
  try {
    const image = await fillImage(handle, { source, format, cloned, addition, thread });
    await checkWhole(file, handle, image.size);
    await handle.sync();
    if (!(await readsBackAs({ path: temporary, handle }, image, { thread, signal }))) {
      throw cacheUnwritable(folder, 'what was written there reads back differently; check that disk');
    }
    await handle.chmod(0o400);
    return image;
  } finally {
    await thread.close();
    await handle.close();
  }
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

/** The entry last: it says that the others are there. */
async function giveNames(folder: string, staged: Staged, entry: CacheEntry): Promise<void> {
  await nameImage(folder, staged.image, entry.rawSha256);
  await renameOver(staged.chunks, chunkIndexPath(folder, entry.rawSha256));
  await syncFolder(folder);
  await renameOver(staged.entry, entryPath(folder, entry.fileSha256));
  await syncFolder(folder);
}

/**
 * Content-addressed: whatever stands under that name already was meant to be the same bytes, and is replaced. Windows
 * refuses to rename onto a file that is read-only or open; one that holds the right bytes is then as good.
 */
async function nameImage(folder: string, temporary: string, rawSha256: string): Promise<void> {
  const path = imagePath(folder, rawSha256);
  try {
    await rename(temporary, path);
  } catch (error) {
    if (
      process.platform !== 'win32' ||
      !['EPERM', 'EACCES', 'EEXIST', 'EBUSY'].includes(systemErrorCode(error) ?? '')
    )
      throw error;
    if ((await digestRawImage(path, undefined)).sha256 !== rawSha256) {
      await removeImage(folder, rawSha256);
      await rename(temporary, path);
    }
  }
}

async function removeStaged(folder: string, staged: Staged): Promise<void> {
  try {
    for (const path of [staged.image, staged.chunks, staged.entry]) await rm(path, { force: true });
  } catch (error) {
    throw cacheProblem(folder, error);
  }
}
