import { cancelled, Problem } from '../../../shared/problem.ts';
import { type Clock, systemClock } from '../clock.ts';
import { makeFolders } from '../durable/make-folders.ts';
import { systemErrorCode } from '../durable/system-error.ts';
import { addToCache } from './add-to-cache.ts';
import {
  type CacheEntry,
  imageOf,
  keepChunkIndex,
  readEntry,
  removeEntry,
  removeImage,
} from './cache-index.ts';
import { chunkDigests, readChunkIndex } from './chunk-index.ts';
import { digestRawImage } from './digest-raw-image.ts';
import { cacheProblem } from './image-problems.ts';
import type { CachedImage, ImageCache } from './image-cache.ts';
import { cancelledState, openSourceFile, type ReportProgress } from './source-file.ts';
import { removeLeftovers } from './temporary-files.ts';
import { findXzProgram } from './unxz-system.ts';

export interface ImageCacheOptions {
  /** Absolute; made when it is first needed. Several processes may use it at once. */
  readonly folder: string;
  readonly clock?: Clock;
  /** `library` keeps to the WebAssembly one, even where the system has an `xz` program. */
  readonly xz?: 'system' | 'library';
}

export function createImageCache({
  folder,
  clock = systemClock,
  xz = 'system',
}: ImageCacheOptions): ImageCache {
  let prepared: Promise<void> | undefined;
  let xzProgram: Promise<string | undefined> | undefined;

  const prepare = async (): Promise<void> => {
    prepared ??= makeFolders(folder, { mode: 0o700 }).then(() => removeLeftovers(folder, clock.now()));
    try {
      await prepared;
    } catch (error) {
      prepared = undefined;
      throw cacheProblem(folder, error);
    }
  };

  const find = async (fileSha256: string): Promise<CachedImage | undefined> => {
    try {
      const entry = await readEntry(folder, fileSha256);
      return entry === undefined || entry === 'damaged' ? undefined : await imageOf(folder, entry);
    } catch (error) {
      throw cacheProblem(folder, error);
    }
  };

  /** The entry first: without it, the image is no longer a good name for anything. */
  const removeDamaged = async (fileSha256: string, entry: CacheEntry | 'damaged'): Promise<Problem> => {
    await removeEntry(folder, fileSha256);
    if (entry !== 'damaged') await removeImage(folder, entry.rawSha256);
    return cachedCopyDamaged(fileSha256);
  };

  const keepIfPossible = async (entry: CacheEntry, index: Buffer): Promise<void> => {
    try {
      await keepChunkIndex(folder, entry, index);
    } catch (error) {
      if (systemErrorCode(error) === undefined) throw error;
      // A disk that is full or read-only: they are right all the same, and are computed again the next time.
    }
  };

  return {
    find,

    async chunks(fileSha256, { signal }) {
      try {
        const entry = await readEntry(folder, fileSha256);
        const image = entry === undefined || entry === 'damaged' ? undefined : await imageOf(folder, entry);
        if (image === undefined || entry === undefined || entry === 'damaged') throw notCached(fileSha256);
        const known = await readChunkIndex(folder, entry);
        if (known) return chunkDigests(known);
        const found = await digestRawImage(image.path, signal);
        if (found.sha256 !== entry.rawSha256) throw await removeDamaged(fileSha256, entry);
        await keepIfPossible(entry, found.chunks);
        return chunkDigests(found.chunks);
      } catch (error) {
        throw cacheProblem(folder, error);
      }
    },

    async ensure(image, { file, signal, onProgress }) {
      const cached = await find(image.sha256);
      if (cached) return cached;
      if (signal?.aborted) throw cancelled(cancelledState);
      await prepare();
      xzProgram ??= xz === 'system' ? findXzProgram() : Promise.resolve(undefined);
      return await addToCache({
        folder,
        file,
        fileSha256: image.sha256,
        xzProgram: await xzProgram,
        now: clock.now(),
        signal,
        onProgress,
      });
    },

    async digestFile(file, { signal, onProgress }) {
      return await digest(file, signal, onProgress);
    },

    async verify(fileSha256, { signal }) {
      try {
        const entry = await readEntry(folder, fileSha256);
        if (entry === undefined) throw notCached(fileSha256);
        const image = entry === 'damaged' ? undefined : await imageOf(folder, entry);
        if (image && (await digest(image.path, signal)) === image.rawSha256) return image;
        throw await removeDamaged(fileSha256, entry);
      } catch (error) {
        throw cacheProblem(folder, error);
      }
    },
  };
}

async function digest(
  file: string,
  signal: AbortSignal | undefined,
  onProgress?: ReportProgress,
): Promise<string> {
  const source = await openSourceFile(file);
  try {
    for await (const _ of source.read({ signal, onProgress }));
    return source.sha256();
  } finally {
    await source.close();
  }
}

function notCached(fileSha256: string): Problem {
  return new Problem('IMAGE_UNKNOWN', {
    what: `The cache has no image for the file with SHA-256 ${fileSha256.slice(0, 64)}.`,
    state: 'Nothing was changed.',
    next: 'Plan or build a card with this image: it is put into the cache then.',
  });
}

function cachedCopyDamaged(fileSha256: string): Problem {
  return new Problem('IMAGE_CORRUPT', {
    what: `The cached copy of the image with SHA-256 ${fileSha256} is not what it was when it was stored.`,
    state: 'The copy was removed from the cache. No card was touched.',
    next: 'Build the card again: the image is read from its file once more. If this happens again, check the disk.',
  });
}
