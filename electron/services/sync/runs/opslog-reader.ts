import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { syncOperationSchema, type SyncOperation } from '../../../../shared/schemas/sync-record.ts';
import { systemErrorCode } from '../../durable/system-error.ts';

/** What was read at once of an opslog. */
export interface OpslogBatch {
  readonly operations: readonly SyncOperation[];
  /** Numbers of lines that are no operations of this iteration, from 1. */
  readonly badLines: readonly number[];
  /** The last line has no end: the run was killed while it was written. What it says is not known. */
  readonly torn: boolean;
}

const operationsAtOnce = 10_000;
/** Of lines in a batch: ten thousand with the longest paths would be several hundred megabytes. */
const bytesAtOnce = 16 * 1024 * 1024;
const chunkBytes = 256 * 1024;
/** Of ours the longest has a path and an error of some ten thousand characters. */
const longestLineBytes = 1024 * 1024;

/**
 * Reads the operations of one iteration, in the order in which they were written and in batches, so that a million of them
 * need little memory. A file that is not there has none.
 */
export async function* readOpslogFile(file: string, iterationUid: string): AsyncGenerator<OpslogBatch> {
  let operations: SyncOperation[] = [];
  let badLines: number[] = [];
  let [number, bytes] = [0, 0];
  for await (const lines of linesOf(file)) {
    for (const { line, isWhole } of lines) {
      number += 1;
      bytes += line?.length ?? 0;
      const operation = line && operationIn(line);
      if (operation?.iteration_uid === iterationUid) operations.push(operation);
      else if (isWhole) badLines.push(number);
      else yield { operations: [], badLines: [], torn: true };
      if (operations.length + badLines.length < operationsAtOnce && bytes < bytesAtOnce) continue;
      yield { operations, badLines, torn: false };
      operations = [];
      badLines = [];
      bytes = 0;
    }
  }
  if (operations.length + badLines.length > 0) yield { operations, badLines, torn: false };
}

function operationIn(line: Buffer): SyncOperation | undefined {
  try {
    const parsed = syncOperationSchema.safeParse(JSON.parse(line.toString('utf8')));
    return parsed.success && isStorable(parsed.data) ? parsed.data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A path has 4096 bytes at most, each four characters where it is escaped; Linux's PATH_MAX. */
const longestPath = 4 * 4096;

/** What no run of ours writes and a database refuses, so that one such line would hold up all others for ever. */
function isStorable({ filepath, started_at, ended_at }: SyncOperation): boolean {
  return filepath.length <= longestPath && isStorableTime(started_at) && isStorableTime(ended_at);
}

/** A DATETIME of MySQL has no year 0. */
export function isStorableTime(time: string | null): boolean {
  return time === null || Date.parse(time) >= 0;
}

interface OpslogLine {
  /** Absent where it is too long to be one. */
  readonly line: Buffer | undefined;
  /** Only the last can be without its end. */
  readonly isWhole: boolean;
}

/** As many at once as end in one piece of the file. */
async function* linesOf(file: string): AsyncGenerator<OpslogLine[]> {
  const noFollow = process.platform === 'win32' ? 0 : constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(file, constants.O_RDONLY | noFollow).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (!handle) return;
  try {
    let parts: Buffer[] = [];
    let length = 0;
    const taken = () => {
      const [only] = parts;
      const line = length > longestLineBytes ? undefined : parts.length === 1 ? only : Buffer.concat(parts);
      parts = [];
      length = 0;
      return line;
    };
    const keep = (part: Buffer) => {
      length += part.length;
      if (length <= longestLineBytes) parts.push(part);
      else parts = [];
    };
    for (;;) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes);
      if (bytesRead === 0) break;
      const lines: OpslogLine[] = [];
      let from = 0;
      for (let end = buffer.indexOf(10); end >= 0 && end < bytesRead; end = buffer.indexOf(10, from)) {
        keep(buffer.subarray(from, end));
        from = end + 1;
        lines.push({ line: taken(), isWhole: true });
      }
      if (from < bytesRead) keep(buffer.subarray(from, bytesRead));
      if (lines.length > 0) yield lines;
    }
    if (length > 0) yield [{ line: taken(), isWhole: false }];
  } finally {
    await handle.close();
  }
}
