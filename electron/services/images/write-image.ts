import type { FileHandle } from 'node:fs/promises';
import { type DigestedImage, isZeros } from './digested-image.ts';
import { chunkBytes, type HashThread, slotCount } from './hash-thread.ts';

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
  thread: HashThread,
): Promise<DigestedImage> {
  const early = syncEarly(handle);
  const digests: Buffer[] = [];
  const stored: Promise<void>[] = [];
  let size = 0;

  const store = async (chunk: Buffer, index: number): Promise<void> => {
    const zeros = isZeros(chunk);
    const { length } = chunk;
    const writing = zeros ? Promise.resolve() : writeAllocated(handle, chunk, index * chunkBytes);
    const hashing = thread.chunk(index % slotCount, { length, zeros, partOfWhole: true });
    try {
      [digests[index]] = await Promise.all([hashing, writing]);
    } finally {
      await Promise.allSettled([hashing, writing]);
    }
    if (!zeros) early.wrote(length);
  };

  try {
    for await (const chunk of regroup(content, thread)) {
      const storing = store(chunk, stored.length);
      // It is awaited before its slot is filled again; until then a failure is nobody's surprise.
      storing.catch(() => undefined);
      stored.push(storing);
      size += chunk.length;
      await stored.at(-slotCount);
    }
    await Promise.all(stored);
    await early.end();
    // Where the file ends in a hole, nothing was written there.
    await handle.truncate(size);
    return { size, sha256: (await thread.whole()).toString('hex'), chunks: Buffer.concat(digests) };
  } finally {
    // Whoever gives up closes the file next; nothing must still be under way then.
    await Promise.allSettled([...stored, early.end()]);
  }
}

/** The stream in chunks, each in the next slot; it stays there until `slotCount - 1` more were asked for. */
async function* regroup(
  content: AsyncIterable<Uint8Array>,
  { slots }: HashThread,
): AsyncGenerator<Buffer, void> {
  const slotOf = (index: number): Buffer => slots[index % slotCount] ?? Buffer.alloc(chunkBytes);
  let index = 0;
  let filled = 0;
  for await (const part of content) {
    for (let taken = 0; taken < part.length; ) {
      const piece = part.subarray(taken, taken + chunkBytes - filled);
      slotOf(index).set(piece, filled);
      filled += piece.length;
      taken += piece.length;
      if (filled < chunkBytes) continue;
      yield slotOf(index);
      index += 1;
      filled = 0;
    }
  }
  if (filled > 0) yield slotOf(index).subarray(0, filled);
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
