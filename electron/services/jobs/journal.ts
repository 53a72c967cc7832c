import { constants } from 'node:fs';
import { lstat, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { jobEventSchema, type JobEvent } from '../../../shared/schemas/job.ts';
import { syncFolder } from '../durable/sync-folder.ts';
import { systemErrorCode } from '../durable/system-error.ts';

/*
 * A journal is one file per job, `<id>.jsonl`: one JobEvent a line, the first `started`, the last `ended`. Only its
 * owner ever writes to it, and a line counts when its newline is there: what a crash tore off is no line.
 */

export interface JournalWriter {
  /** Lines are written one after the other, in the order of the calls; `durable` ones are on the medium when it resolves. */
  append(event: JobEvent, options: { durable: boolean }): Promise<void>;
  close(): Promise<void>;
}

/** Creates the journal with its first line, durable. It must not exist. */
export async function createJournal(file: string, started: JobEvent): Promise<JournalWriter> {
  const handle = await open(file, 'ax', 0o600);
  let queue: Promise<void> = Promise.resolve();
  /** A failed write may have left half a line behind, which must not swallow the next one. */
  let torn = false;

  async function write(event: JobEvent, durable: boolean): Promise<void> {
    const line = `${torn ? '\n' : ''}${JSON.stringify(jobEventSchema.parse(event))}\n`;
    torn = true;
    await handle.appendFile(line);
    torn = false;
    if (durable) await handle.datasync();
  }

  const journal: JournalWriter = {
    append(event, { durable }) {
      const written = queue.then(() => write(event, durable));
      queue = written.catch(() => undefined);
      return written;
    },
    async close() {
      await queue;
      await handle.close();
    },
  };

  try {
    await journal.append(started, { durable: true });
    await handle.sync();
    await syncFolder(dirname(file));
  } catch (error) {
    await handle.close();
    throw error;
  }
  return journal;
}

/** Longer lines are not ours: the longest is `ended` with a receipt of some ten thousand ranges. */
const longestLineBytes = 16 * 2 ** 20;
/** No job of ours says more than this; what is beyond is not read. */
const longestJournalBytes = 256 * 2 ** 20;
const chunkBytes = 64 * 2 ** 10;

export interface JournalReader {
  /** The whole lines that were added since the last call, without their newline. */
  lines(): AsyncGenerator<Buffer>;
  close(): Promise<void>;
}

/** `undefined` when there is no regular file of that name that can be read: links, pipes and devices are not followed. */
export async function openJournal(file: string): Promise<JournalReader | undefined> {
  const handle = await openRegularFile(file);
  if (!handle) return undefined;
  let offset = 0;
  /** The beginning of a line whose newline has not been seen yet. */
  let parts: Buffer[] = [];
  let length = 0;

  function take(part: Buffer): Buffer | undefined {
    const line = length + part.length <= longestLineBytes ? Buffer.concat([...parts, part]) : undefined;
    parts = [];
    length = 0;
    return line;
  }

  return {
    async *lines() {
      while (offset < longestJournalBytes) {
        const { bytesRead, buffer } = await handle.read(
          Buffer.allocUnsafe(chunkBytes),
          0,
          chunkBytes,
          offset,
        );
        if (bytesRead === 0) return;
        offset += bytesRead;
        let from = 0;
        for (let end = buffer.indexOf(10); end >= 0 && end < bytesRead; end = buffer.indexOf(10, from)) {
          const line = take(buffer.subarray(from, end));
          from = end + 1;
          if (line) yield line;
        }
        const rest = buffer.subarray(from, bytesRead);
        length += rest.length;
        if (length <= longestLineBytes) parts.push(rest);
        else parts = [];
      }
    },
    close: () => handle.close(),
  };
}

async function openRegularFile(file: string): Promise<FileHandle | undefined> {
  let handle: FileHandle;
  try {
    if (!(await lstat(file)).isFile()) return undefined;
    // Between the two looks it may have become a link or a pipe: neither is followed nor waited for.
    const noFollow = process.platform === 'win32' ? 0 : constants.O_NOFOLLOW | constants.O_NONBLOCK;
    handle = await open(file, constants.O_RDONLY | noFollow);
  } catch (error) {
    if (['ENOENT', 'ELOOP', 'EACCES', 'EPERM'].includes(systemErrorCode(error) ?? '')) return undefined;
    throw error;
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  return undefined;
}

/** `undefined` for anything that is not a line of ours. */
export function parseJobEvent(line: Buffer): JobEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line.toString('utf8'));
  } catch {
    return undefined;
  }
  const event = jobEventSchema.safeParse(value);
  return event.success ? event.data : undefined;
}
