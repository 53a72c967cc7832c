import { chmod, lstat, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { sha256Schema } from '../../../shared/schemas/names.ts';
import { syncFolder } from '../durable/sync-folder.ts';
import { isMissing } from '../durable/system-error.ts';
import { replaceFile } from '../durable/write-file.ts';
import { chunkIndexPath, digestOfIndex } from './chunk-index.ts';
import type { CachedImage } from './image-cache.ts';
import { temporaryPath } from './temporary-files.ts';

/** `<fileSha256>.json`: which raw image a published file became. The raw image itself is `<rawSha256>.img`. */
const entrySchema = z.object({
  schema: z.literal('sifaka.cached-image/1'),
  fileSha256: sha256Schema,
  rawSha256: sha256Schema,
  /** Bytes of the raw image. */
  size: z.int().positive(),
  /** Bytes of the published file. */
  fileSize: z.int().positive(),
  cachedAt: z.iso.datetime(),
  /** SHA-256 of `<rawSha256>.chunks`; an entry that an older Sifaka wrote has none. */
  chunksSha256: sha256Schema.optional(),
});
export type CacheEntry = z.infer<typeof entrySchema>;

export function imagePath(folder: string, rawSha256: string): string {
  return join(folder, `${rawSha256}.img`);
}

export function entryPath(folder: string, fileSha256: string): string {
  return join(folder, `${fileSha256}.json`);
}

/** The entry as it stands; `undefined` when there is none, `damaged` when it cannot be understood. */
export async function readEntry(
  folder: string,
  fileSha256: string,
): Promise<CacheEntry | 'damaged' | undefined> {
  if (!sha256Schema.safeParse(fileSha256).success) return undefined;
  let text: string;
  try {
    text = await readFile(entryPath(folder, fileSha256), 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'damaged';
  }
  const entry = entrySchema.safeParse(value);
  return entry.success && entry.data.fileSha256 === fileSha256 ? entry.data : 'damaged';
}

/** The image of an entry, if its file is there with the right size; its content is `verify`'s to judge. */
export async function imageOf(folder: string, entry: CacheEntry): Promise<CachedImage | undefined> {
  const path = imagePath(folder, entry.rawSha256);
  try {
    const info = await lstat(path);
    if (!info.isFile() || info.size !== entry.size) return undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  return { path, rawSha256: entry.rawSha256, size: entry.size };
}

export function entryText(entry: CacheEntry): string {
  return `${JSON.stringify(entry, undefined, 2)}\n`;
}

/** Adds the chunk digests to an entry that has none, or none that are any good. */
export async function keepChunkIndex(folder: string, entry: CacheEntry, index: Buffer): Promise<void> {
  await replaceFile(chunkIndexPath(folder, entry.rawSha256), index, temporaryPath(folder));
  const completed = { ...entry, chunksSha256: digestOfIndex(index) };
  await replaceFile(entryPath(folder, entry.fileSha256), entryText(completed), temporaryPath(folder));
}

export async function removeEntry(folder: string, fileSha256: string): Promise<void> {
  await rm(entryPath(folder, fileSha256), { force: true });
  await syncFolder(folder);
}

/** With its chunk digests. Images are read-only, which on Windows is an attribute that also forbids removing. */
export async function removeImage(folder: string, rawSha256: string): Promise<void> {
  const path = imagePath(folder, rawSha256);
  try {
    if (process.platform === 'win32') await chmod(path, 0o600);
    await rm(path, { force: true });
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  await rm(chunkIndexPath(folder, rawSha256), { force: true });
  await syncFolder(folder);
}
