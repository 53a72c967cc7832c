import type { GoldenImage } from '../../../shared/schemas/inventory.ts';

export interface CachedImage {
  /** Absolute path of the raw image in the cache; read-only. */
  readonly path: string;
  readonly rawSha256: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * SHA-256 of each 4 MiB of a raw image (the last may be shorter), computed when it was put into the cache, under the digest
 * of the whole: a stretch of the image can be proven without reading all of it.
 */
export interface ChunkDigests {
  readonly chunkSize: number;
  /** In lower-case hexadecimal, in order. */
  readonly digests: readonly string[];
}

export interface ImageCache {
  /** Of a cached image; reads the whole image where an older Sifaka put it into the cache. IMAGE_UNKNOWN, IMAGE_CORRUPT. */
  chunks(fileSha256: string, options: { signal?: AbortSignal }): Promise<ChunkDigests>;
  /** The cached raw image of a published file, if it is there and whole; never touches the file itself. */
  find(fileSha256: string): Promise<CachedImage | undefined>;
  /**
   * Makes sure the raw image is in the cache: checks the file's SHA-256 against the inventory, decompresses into a
   * temporary file, checks, renames. IMAGE_FILE_MISSING, IMAGE_DIGEST_MISMATCH, IMAGE_FORMAT_UNKNOWN, IMAGE_TRUNCATED,
   * IMAGE_CORRUPT, CACHE_FULL, CANCELLED. The cache never holds a bad file under a good name.
   */
  ensure(
    image: GoldenImage,
    options: { file: string; signal?: AbortSignal; onProgress?: (done: number, total: number) => void },
  ): Promise<CachedImage>;
  /** SHA-256 of a file as it is, in lower-case hexadecimal. */
  digestFile(
    file: string,
    options: { signal?: AbortSignal; onProgress?: (done: number, total: number) => void },
  ): Promise<string>;
  /** Reads the cached raw image again; IMAGE_CORRUPT (and the entry removed) when it is not what its name says. */
  verify(fileSha256: string, options: { signal?: AbortSignal }): Promise<CachedImage>;
}
