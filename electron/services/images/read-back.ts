import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { cancelled } from '../../../shared/problem.ts';
import { systemErrorCode } from '../durable/system-error.ts';
import { digestBytes, type DigestedImage, isZeros, readFully } from './digested-image.ts';
import { chunkBytes, type HashThread } from './hash-thread.ts';
import { cancelledState } from './source-file.ts';

/** What direct I/O wants offsets, lengths and memory to be multiples of, on every disk of today. */
const pageBytes = 4096;

export interface ReadBackOptions {
  readonly thread: HashThread;
  readonly signal: AbortSignal | undefined;
}

/**
 * Whether a synced file holds the image: every byte is read again, holes too, past the page cache where the system can.
 * `path` is where `handle` was opened. CANCELLED.
 */
export async function readsBackAs(
  { path, handle }: { path: string; handle: FileHandle },
  image: DigestedImage,
  { thread, signal }: ReadBackOptions,
): Promise<boolean> {
  if ((await handle.stat()).size !== image.size) return false;
  const source = { handle, direct: await openDirect(path, handle) };
  let next = 0;
  let equal = true;
  /** While one slot is read into, another one is hashed. */
  const readInto = async (buffer: Buffer, slot: number): Promise<void> => {
    while (equal && next * chunkBytes < image.size) {
      if (signal?.aborted) throw cancelled(cancelledState);
      const index = next;
      next += 1;
      const length = Math.min(chunkBytes, image.size - index * chunkBytes);
      const chunk = await readChunk(source, buffer, { position: index * chunkBytes, length });
      const found = await thread.chunk(slot, {
        length: chunk.length,
        zeros: isZeros(chunk),
        partOfWhole: false,
      });
      const expected = image.chunks.subarray(index * digestBytes, (index + 1) * digestBytes);
      equal &&= chunk.length === length && found.equals(expected);
    }
  };
  try {
    const outcomes = await Promise.allSettled(thread.slots.map(readInto));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    return equal;
  } finally {
    await source.direct?.close();
  }
}

interface Source {
  readonly handle: FileHandle;
  readonly direct: FileHandle | undefined;
}

/** What is there of a chunk; less than its length where the file ends early. */
async function readChunk(
  { handle, direct }: Source,
  buffer: Buffer,
  { position, length }: { position: number; length: number },
): Promise<Buffer> {
  if (direct) {
    const pages = Math.ceil(length / pageBytes) * pageBytes;
    try {
      const { bytesRead } = await direct.read(buffer, 0, pages, position);
      // A direct read may stop short; what follows need not be aligned, and is left to an ordinary one.
      const rest = buffer.subarray(Math.min(bytesRead, length), length);
      const read = bytesRead + (await readFully(handle, rest, position + bytesRead));
      return buffer.subarray(0, Math.min(read, length));
    } catch (error) {
      // The file system takes the flag, but wants larger blocks.
      if (systemErrorCode(error) !== 'EINVAL') throw error;
    }
  }
  return buffer.subarray(0, await readFully(handle, buffer.subarray(0, length), position));
}

/** A second handle of the same file that passes the page cache, where platform and file system have that. */
async function openDirect(path: string, handle: FileHandle): Promise<FileHandle | undefined> {
  // Windows and macOS do not have the flag.
  const flag: number | undefined = constants.O_DIRECT;
  if (flag === undefined) return undefined;
  let direct: FileHandle;
  try {
    direct = await open(path, constants.O_RDONLY | flag);
  } catch (error) {
    // The file system has no direct I/O (some in memory or on a network).
    if (systemErrorCode(error) === 'EINVAL') return undefined;
    throw error;
  }
  const [ours, theirs] = await Promise.all([handle.stat({ bigint: true }), direct.stat({ bigint: true })]);
  if (ours.ino === theirs.ino && ours.dev === theirs.dev) return direct;
  // Another file was put there in between.
  await direct.close();
  return undefined;
}
