import { createHash, webcrypto } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { cancelled } from '../../../shared/problem.ts';
import { cancelledState, type ReportProgress } from './source-file.ts';

/** Bytes of a chunk, the grain in which a raw image is hashed, written and read back. */
export const chunkBytes = 4 << 20;
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

/** Hashes chunks in libuv's threads, beside whoever asks; zeros are hashed once. */
export interface ChunkHasher {
  /** The bytes may change as soon as this returns: WebCrypto takes a copy first ("get a copy of the bytes held by"). */
  digest(bytes: Uint8Array<ArrayBuffer>): Promise<Buffer>;
  /** SHA-256 of as many zeros. */
  ofZeros(length: number): Buffer;
}

export function createChunkHasher(): ChunkHasher {
  const zeros = new Map<number, Buffer>();
  return {
    digest: async (bytes) => Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)),
    ofZeros(length) {
      const known = zeros.get(length);
      if (known) return known;
      const digest = createHash('sha256').update(Buffer.alloc(length)).digest();
      zeros.set(length, digest);
      return digest;
    },
  };
}

const zeroStretch = Buffer.alloc(64 * 1024);

export function isZeros(bytes: Buffer): boolean {
  for (let start = 0; start < bytes.length; start += zeroStretch.length) {
    const piece = bytes.subarray(start, start + zeroStretch.length);
    if (
      !piece.equals(piece.length === zeroStretch.length ? zeroStretch : zeroStretch.subarray(0, piece.length))
    )
      return false;
  }
  return true;
}

/** Reads a raw image from its start to its end; the next chunk is read while one is hashed. CANCELLED. */
export async function digestImage(
  handle: FileHandle,
  { signal, onProgress }: { signal?: AbortSignal | undefined; onProgress?: ReportProgress | undefined },
): Promise<DigestedImage> {
  const total = (await handle.stat()).size;
  const whole = createHash('sha256');
  const hasher = createChunkHasher();
  const digests: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunksOf(handle)) {
    if (signal?.aborted) throw cancelled(cancelledState);
    const digest = isZeros(chunk) ? hasher.ofZeros(chunk.length) : hasher.digest(chunk);
    whole.update(chunk);
    digests.push(await digest);
    size += chunk.length;
    onProgress?.(size, Math.max(total, size));
  }
  return { size, sha256: whole.digest('hex'), chunks: Buffer.concat(digests) };
}

/** A chunk is valid until the next one is asked for. */
async function* chunksOf(handle: FileHandle): AsyncGenerator<Buffer<ArrayBuffer>, void> {
  const buffers = [Buffer.allocUnsafeSlow(chunkBytes), Buffer.allocUnsafeSlow(chunkBytes)];
  const read = (buffer: Buffer<ArrayBuffer>, position: number) => {
    const reading = readFully(handle, buffer, position);
    // It is awaited in its turn; until then a failure is nobody's surprise.
    reading.catch(() => undefined);
    return { buffer, reading };
  };
  let position = 0;
  let [current, next] = buffers.map((buffer, index) => read(buffer, index * chunkBytes));
  try {
    while (current) {
      const length = await current.reading;
      if (length === 0) return;
      yield current.buffer.subarray(0, length);
      if (length < chunkBytes) return;
      position += chunkBytes;
      [current, next] = [next, read(current.buffer, position + chunkBytes)];
    }
  } finally {
    // Whoever stops early closes the file next; a read must not still be under way then.
    await Promise.allSettled([current?.reading, next?.reading]);
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
