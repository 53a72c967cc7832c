import { createHash } from 'node:crypto';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { cancelled } from '../../../shared/problem.ts';
import { isMissing, systemErrorCode } from '../durable/system-error.ts';
import { headBytes } from './image-format.ts';
import { imageFileMissing } from './image-problems.ts';

const chunkBytes = 1024 * 1024;

export type ReportProgress = (done: number, total: number) => void;

export interface SourceFile {
  readonly file: string;
  /** Bytes when it was opened. */
  readonly size: number;
  /** The first `headBytes` bytes, or all of a shorter file. */
  head(): Promise<Buffer>;
  /**
   * The whole file, once, hashed on its way unless told otherwise: `sha256()` answers when everything has been taken. A
   * chunk is valid until the next one is asked for: fresh memory for each would cost more than reading it.
   */
  read(options: {
    signal?: AbortSignal | undefined;
    onProgress?: ReportProgress | undefined;
    hashed?: boolean;
  }): AsyncGenerator<Buffer, void>;
  /** SHA-256 of the bytes a hashed `read` gave, in lower-case hexadecimal. */
  sha256(): string;
  close(): Promise<void>;
}

/** Opens a published image; IMAGE_FILE_MISSING when it is not there, not a regular file or not readable. */
export async function openSourceFile(file: string): Promise<SourceFile> {
  const handle = await openRegularFile(file);
  const hash = createHash('sha256');
  let size: number;
  try {
    size = (await handle.stat()).size;
  } catch (error) {
    await handle.close();
    throw sourceProblem(file, error);
  }
  return {
    file,
    size,
    async head() {
      const buffer = Buffer.alloc(headBytes);
      return buffer.subarray(0, await readAt(file, handle, buffer, 0));
    },
    async *read({ signal, onProgress, hashed = true }) {
      const buffers = [Buffer.allocUnsafeSlow(chunkBytes), Buffer.allocUnsafeSlow(chunkBytes)];
      const readOn = (from: number): Promise<Buffer> => {
        const buffer = buffers.shift() ?? Buffer.alloc(chunkBytes);
        buffers.push(buffer);
        return chunkAt(file, handle, { buffer, position: from });
      };
      let position = 0;
      let next = readOn(position);
      try {
        for (;;) {
          if (signal?.aborted) throw cancelled(cancelledState);
          const chunk = await next;
          if (chunk.length === 0) return;
          position += chunk.length;
          next = readOn(position);
          if (hashed) hash.update(chunk);
          onProgress?.(position, Math.max(size, position));
          yield chunk;
        }
      } finally {
        await Promise.allSettled([next]);
      }
    },
    sha256: () => hash.digest('hex'),
    close: () => handle.close(),
  };
}

export const cancelledState = 'No card was touched, and the cache is as it was before.';

async function openRegularFile(file: string): Promise<FileHandle> {
  try {
    // Looked at before it is opened: opening a FIFO or a device would wait for, or act on, something else.
    if (!(await stat(file)).isFile()) throw imageFileMissing(file, 'is not a regular file');
    return await open(file, 'r');
  } catch (error) {
    throw sourceProblem(file, error);
  }
}

/** Begins to read; a failure is nobody's surprise until it is awaited. */
function chunkAt(
  file: string,
  handle: FileHandle,
  { buffer, position }: { buffer: Buffer; position: number },
): Promise<Buffer> {
  const reading = readAt(file, handle, buffer, position).then((length) => buffer.subarray(0, length));
  reading.catch(() => undefined);
  return reading;
}

async function readAt(file: string, handle: FileHandle, buffer: Buffer, position: number): Promise<number> {
  try {
    return (await handle.read(buffer, 0, buffer.length, position)).bytesRead;
  } catch (error) {
    throw sourceProblem(file, error);
  }
}

function sourceProblem(file: string, error: unknown): unknown {
  if (isMissing(error)) return imageFileMissing(file, 'is not there', error);
  const code = systemErrorCode(error);
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) return error;
  const denied = code === 'EACCES' || code === 'EPERM';
  return imageFileMissing(
    file,
    denied ? 'may not be read by this user' : 'could not be read from its disk',
    error,
  );
}
