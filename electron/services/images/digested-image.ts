import type { FileHandle } from 'node:fs/promises';
import { cancelled } from '../../../shared/problem.ts';
import { chunkBytes, type HashThread } from './hash-thread.ts';
import { cancelledState, type ReportProgress } from './source-file.ts';

export const digestBytes = 32;

/** What a raw image is, by its digests. */
export interface DigestedImage {
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of the whole content, holes included, in lower-case hexadecimal. */
  readonly sha256: string;
  /** SHA-256 of each chunk (the last may be shorter), 32 bytes each, in order. */
  readonly chunks: Buffer;
}

const zeroStretch = Buffer.alloc(64 * 1024);

export function isZeros(bytes: Buffer): boolean {
  for (let start = 0; start < bytes.length; start += zeroStretch.length) {
    const piece = bytes.subarray(start, start + zeroStretch.length);
    if (!piece.equals(zeroStretch.subarray(0, piece.length))) return false;
  }
  return true;
}

export interface DigestImageOptions {
  readonly thread: HashThread;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ReportProgress | undefined;
}

/** Reads a raw image from its start to its end; the next chunk is read while one is hashed. CANCELLED. */
export async function digestImage(
  handle: FileHandle,
  { thread, signal, onProgress }: DigestImageOptions,
): Promise<DigestedImage> {
  const total = (await handle.stat()).size;
  const digests: Buffer[] = [];
  let size = 0;
  for await (const { slot, chunk } of chunksOf(handle, thread)) {
    if (signal?.aborted) throw cancelled(cancelledState);
    const { length } = chunk;
    digests.push(await thread.chunk(slot, { length, zeros: isZeros(chunk), partOfWhole: true }));
    size += length;
    onProgress?.(size, Math.max(total, size));
  }
  return { size, sha256: (await thread.whole()).toString('hex'), chunks: Buffer.concat(digests) };
}

/** A chunk is valid until the next one is asked for. */
async function* chunksOf(handle: FileHandle, { slots }: HashThread) {
  const read = (slot: number, position: number) => {
    const buffer = slots[slot] ?? Buffer.alloc(0);
    const reading = readFully(handle, buffer, position);
    // It is awaited in its turn; until then a failure is nobody's surprise.
    reading.catch(() => undefined);
    return { slot, buffer, reading };
  };
  let position = 0;
  let current = read(0, 0);
  let next = read(1, chunkBytes);
  try {
    for (;;) {
      const length = await current.reading;
      if (length === 0) return;
      yield { slot: current.slot, chunk: current.buffer.subarray(0, length) };
      if (length < chunkBytes) return;
      position += chunkBytes;
      [current, next] = [next, read(current.slot, position + chunkBytes)];
    }
  } finally {
    // Whoever stops early closes the file next; a read must not still be under way then.
    await Promise.allSettled([current.reading, next.reading]);
  }
}

/** Bytes that were read: fewer than asked for only where the file ends. */
export async function readFully(handle: FileHandle, buffer: Buffer, position: number): Promise<number> {
  let read = 0;
  while (read < buffer.length) {
    const { bytesRead } = await handle.read(buffer, read, buffer.length - read, position + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return read;
}
