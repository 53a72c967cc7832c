import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { chunkBytes, createChunkHasher, type DigestedImage, isZeros } from './digested-image.ts';

/** One chunk is filled while two are hashed and written. */
const bufferCount = 3;
/** Aligned stretches of zeros of this length become holes; shorter ones are not worth a write of their own. */
const holeBytes = 64 * 1024;
/** So much is written before the disk is told to start on it, rather than with everything at the end. */
const syncBytes = 64 << 20;

/**
 * Writes a stream into an empty file from its start; zeros become holes where the file system has any, and read as
 * zeros everywhere. The stream's digests are made on the way. The caller syncs the file.
 */
export async function writeImage(
  handle: FileHandle,
  content: AsyncIterable<Uint8Array>,
): Promise<DigestedImage> {
  const whole = createHash('sha256');
  const hasher = createChunkHasher();
  const early = syncEarly(handle);
  const digests: Buffer[] = [];
  const stored: Promise<void>[] = [];
  let size = 0;

  const store = async (chunk: Buffer<ArrayBuffer>, index: number): Promise<void> => {
    if (isZeros(chunk)) {
      digests[index] = hasher.ofZeros(chunk.length);
      return;
    }
    const writing = writeAllocated(handle, chunk, index * chunkBytes);
    try {
      [digests[index]] = await Promise.all([hasher.digest(chunk), writing]);
    } finally {
      await Promise.allSettled([writing]);
    }
    early.wrote(chunk.length);
  };

  try {
    for await (const chunk of regroup(content, (part) => whole.update(part))) {
      const storing = store(chunk, stored.length);
      // It is awaited before its buffer is filled again; until then a failure is nobody's surprise.
      storing.catch(() => undefined);
      stored.push(storing);
      size += chunk.length;
      await stored.at(-bufferCount);
    }
    await Promise.all(stored);
    await early.end();
    // Where the file ends in a hole, nothing was written there.
    await handle.truncate(size);
  } finally {
    // Whoever gives up closes the file next; nothing must still be under way then.
    await Promise.allSettled([...stored, early.end()]);
  }
  return { size, sha256: whole.digest('hex'), chunks: Buffer.concat(digests) };
}

/** The stream in chunks of one size, but for the last; each is valid until `bufferCount - 1` more were asked for. */
async function* regroup(
  content: AsyncIterable<Uint8Array>,
  onPart: (part: Uint8Array) => void,
): AsyncGenerator<Buffer<ArrayBuffer>, void> {
  const buffers = Array.from({ length: bufferCount }, () => Buffer.allocUnsafeSlow(chunkBytes));
  let buffer = buffers.shift() ?? Buffer.alloc(chunkBytes);
  let filled = 0;
  for await (const part of content) {
    onPart(part);
    for (let taken = 0; taken < part.length; ) {
      const piece = part.subarray(taken, taken + chunkBytes - filled);
      buffer.set(piece, filled);
      filled += piece.length;
      taken += piece.length;
      if (filled < chunkBytes) continue;
      yield buffer;
      buffers.push(buffer);
      buffer = buffers.shift() ?? buffer;
      filled = 0;
    }
  }
  if (filled > 0) yield buffer.subarray(0, filled);
}

async function writeAllocated(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  const isHole = (start: number): boolean => isZeros(bytes.subarray(start, start + holeBytes));
  for (let start = 0; start < bytes.length; ) {
    let end = start;
    while (end < bytes.length && !isHole(end)) end += holeBytes;
    await writeFully(handle, bytes.subarray(start, end), position + start);
    start = end;
    while (start < bytes.length && isHole(start)) start += holeBytes;
  }
}

/** A write may take less than it was given (write(2)): on a disk that is nearly full, it does. */
async function writeFully(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await handle.write(bytes, written, bytes.length - written, position + written)).bytesWritten;
  }
}

/** Has what was written so far put onto the disk while more is written; `end` tells what went wrong with that. */
function syncEarly(handle: FileHandle): { wrote(bytes: number): void; end(): Promise<void> } {
  let waiting = 0;
  let running: Promise<void> | undefined;
  let failure: { error: unknown } | undefined;
  const sync = async (): Promise<void> => {
    try {
      await handle.datasync();
    } catch (error) {
      // The system tells a failed write-back once: a later sync of the same file may well succeed.
      failure ??= { error };
    }
    running = undefined;
  };
  return {
    wrote(bytes) {
      waiting += bytes;
      if (waiting < syncBytes || running) return;
      waiting = 0;
      running = sync();
    },
    async end() {
      await running;
      if (failure) throw failure.error;
    },
  };
}
