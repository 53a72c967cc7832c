import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { SessionLog } from '../../shared/contract/session.ts';
import { isMissing } from './durable/system-error.ts';
import { type LogEntry, parseEntries } from './log-entry.ts';
import { formerLogFile } from './log-file.ts';
import { redact } from './redact.ts';

/** Bytes that are looked at, in the log and the one before it together. */
const largestPart = 256 * 1024;
/** Characters of one entry that are answered. */
const longestText = 4000;

/** Reads the newest entries, oldest first; redacted again, for a file that another version wrote. */
export async function readNewestEntries(file: string, limit: number): Promise<SessionLog> {
  const newest = await readTail(file, largestPart);
  const former =
    newest.cut || newest.entries.length >= limit
      ? { entries: [], bytes: 0, cut: false }
      : await readTail(formerLogFile(file), largestPart - newest.bytes);
  const all = [...former.entries, ...newest.entries];
  const entries = all.slice(-limit).map(answered);
  const more = newest.cut || former.cut || all.length > limit;
  return { file: redact(file, undefined), entries, more };
}

function answered({ at, pid, text }: LogEntry): LogEntry {
  const safe = redact(text, undefined);
  const fitting = safe.length > longestText ? `${safe.slice(0, longestText)} […]` : safe;
  return at === undefined || pid === undefined ? { text: fitting } : { at, pid, text: fitting };
}

interface Tail {
  readonly entries: LogEntry[];
  readonly bytes: number;
  /** There is more before it. */
  readonly cut: boolean;
}

async function readTail(file: string, most: number): Promise<Tail> {
  const none = { entries: [], bytes: 0, cut: false };
  let handle;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isMissing(error)) return none;
    throw error;
  }
  try {
    const about = await handle.stat();
    if (!about.isFile()) return none;
    const start = Math.max(0, about.size - most);
    const buffer = Buffer.alloc(about.size - start);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
    const cut = start > 0;
    return { entries: parseEntries(buffer.toString('utf8', 0, bytesRead), { cut }), bytes: bytesRead, cut };
  } finally {
    await handle.close();
  }
}
