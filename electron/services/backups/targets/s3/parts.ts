import { createHash } from 'node:crypto';

/** A part of a multipart upload. */
export interface Part {
  /** From 1. */
  readonly number: number;
  readonly from: number;
  readonly length: number;
}

const mebibyte = 1024 * 1024;
const smallest = 16 * mebibyte;
const usual = 64 * mebibyte;
/** Swift takes a thousand parts unless it is told otherwise (s3api, max_upload_part_num); Amazon takes ten thousand. */
const fewParts = 1000;
const manyParts = 10_000;

/**
 * How large the parts of a file are: by its size alone, so that every try makes the same ones. As few as Swift takes as long
 * as they are small enough to be held in memory; the last one is what is left. Amazon S3 User Guide, "Multipart upload
 * limits": 5 MiB to 5 GiB each.
 */
export function partBytes(fileBytes: number): number {
  const forFew = roundUp(fileBytes / fewParts);
  if (forFew <= usual) return Math.max(smallest, forFew);
  return Math.max(usual, roundUp(fileBytes / manyParts));
}

export function partsOf(fileBytes: number, size = partBytes(fileBytes)): Part[] {
  return Array.from({ length: Math.max(1, Math.ceil(fileBytes / size)) }, (_, index) => ({
    number: index + 1,
    from: index * size,
    length: Math.min(size, fileBytes - index * size),
  }));
}

/** How many parts are sent at the same time: with the two that are read meanwhile, 256 MiB of them are in memory at most. */
export function partsAtOnce(size: number): number {
  return Math.max(1, Math.min(4, Math.floor((256 * mebibyte) / size) - 2));
}

/** The ETag of an object made of parts: MD5 of their MD5s, and how many they are. */
export function composedEtag(md5s: readonly string[]): string {
  const all = createHash('md5');
  for (const md5 of md5s) all.update(Buffer.from(md5, 'hex'));
  return `${all.digest('hex')}-${md5s.length}`;
}

/** An ETag without its quotes; servers differ in whether they quote it. */
export function plainEtag(etag: string | undefined): string {
  return (etag ?? '').replace(/^"(.*)"$/, '$1').toLowerCase();
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / mebibyte) * mebibyte;
}
