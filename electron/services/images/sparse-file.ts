import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

const blockBytes = 4096;
const bufferBytes = 1024 * 1024;
const zeroBlock = Buffer.alloc(blockBytes);

export interface WrittenFile {
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of the whole content, holes included, in lower-case hexadecimal. */
  readonly sha256: string;
}

/**
 * Writes a stream into an empty file from its start. Aligned 4 KiB blocks of zeros are not written: they become holes
 * where the file system has any, and read as zeros everywhere.
 */
export async function writeSparse(
  handle: FileHandle,
  content: AsyncIterable<Uint8Array>,
): Promise<WrittenFile> {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(bufferBytes);
  let filled = 0;
  let position = 0;
  const flush = async (): Promise<void> => {
    await writeAllocated(handle, buffer.subarray(0, filled), position);
    position += filled;
    filled = 0;
  };
  for await (const part of content) {
    hash.update(part);
    for (let taken = 0; taken < part.length; ) {
      const piece = part.subarray(taken, taken + buffer.length - filled);
      buffer.set(piece, filled);
      filled += piece.length;
      taken += piece.length;
      if (filled === buffer.length) await flush();
    }
  }
  await flush();
  // Where the file ends in a hole, nothing was written there.
  await handle.truncate(position);
  return { size: position, sha256: hash.digest('hex') };
}

async function writeAllocated(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let start = 0; start < bytes.length; ) {
    let end = start;
    while (end < bytes.length && !isZero(bytes.subarray(end, end + blockBytes))) end += blockBytes;
    end = Math.min(end, bytes.length);
    if (end > start) await writeFully(handle, bytes.subarray(start, end), position + start);
    start = Math.max(end, start);
    while (start < bytes.length && isZero(bytes.subarray(start, start + blockBytes))) start += blockBytes;
  }
}

function isZero(block: Buffer): boolean {
  return block.equals(block.length === blockBytes ? zeroBlock : zeroBlock.subarray(0, block.length));
}

/** A write may take less than it was given (write(2)): on a disk that is nearly full, it does. */
async function writeFully(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await handle.write(bytes, written, bytes.length - written, position + written)).bytesWritten;
  }
}
