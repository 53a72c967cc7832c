import { createHash } from 'node:crypto';
import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../durable/system-error.ts';
import { digestBytes } from './digested-image.ts';
import { chunkBytes } from './hash-thread.ts';
import type { ChunkDigests } from './image-cache.ts';

/** `<rawSha256>.chunks`: SHA-256 of each 4 MiB of the raw image, 32 bytes each, in order. */
export function chunkIndexPath(folder: string, rawSha256: string): string {
  return join(folder, `${rawSha256}.chunks`);
}

/** In lower-case hexadecimal; stands in the cache entry. */
export function digestOfIndex(index: Uint8Array): string {
  return createHash('sha256').update(index).digest('hex');
}

/** The index of an image, if it is there and is what the entry says; an older entry says nothing. */
export async function readChunkIndex(
  folder: string,
  entry: { rawSha256: string; size: number; chunksSha256?: string | undefined },
): Promise<Buffer | undefined> {
  if (entry.chunksSha256 === undefined) return undefined;
  const path = chunkIndexPath(folder, entry.rawSha256);
  try {
    const info = await lstat(path);
    if (!info.isFile() || info.size !== Math.ceil(entry.size / chunkBytes) * digestBytes) return undefined;
    const index = await readFile(path);
    return digestOfIndex(index) === entry.chunksSha256 ? index : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export function chunkDigests(index: Buffer): ChunkDigests {
  const digests: string[] = [];
  for (let start = 0; start < index.length; start += digestBytes) {
    digests.push(index.toString('hex', start, start + digestBytes));
  }
  return { chunkSize: chunkBytes, digests };
}
