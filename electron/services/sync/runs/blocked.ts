import { randomUUID } from 'node:crypto';
import { lstat, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pasteableCommand } from '../../../../shared/pasteable-command.ts';
import { Problem } from '../../../../shared/problem.ts';
import { formatUtc } from '../../../../shared/quantities.ts';
import { syncBlockedSchema, type SyncBlocked } from '../../../../shared/schemas/sync-report.ts';
import { readPlainFile } from '../../durable/read-plain-file.ts';
import { syncFolder } from '../../durable/sync-folder.ts';
import { systemErrorCode } from '../../durable/system-error.ts';
import { replaceFile } from '../../durable/write-file.ts';
import { logFolderUnusable } from './log-folder.ts';

/** Larger is none of ours. */
const mostBytes = 64 * 1024;

function blockedFile(logDir: string, pair: string): string {
  return join(logDir, `blocked-${pair}.json`);
}

/**
 * What blocks a pair, or `undefined`. A file that cannot be read as one blocks both directions: SYNC_BLOCKED, since what
 * it said is not known.
 */
export async function readBlocked(logDir: string, pair: string): Promise<SyncBlocked | undefined> {
  const file = blockedFile(logDir, pair);
  let text: string | undefined;
  try {
    text = await readPlainFile(file, { mostBytes });
  } catch (error) {
    const code = systemErrorCode(error) ?? '';
    if (code === 'ENOENT') return undefined;
    // It is its owner's alone: that it is there is all that another user can know.
    if (!['EACCES', 'EPERM'].includes(code) || !(await isThere(file))) throw logFolderUnusable(logDir, error);
  }
  const parsed = syncBlockedSchema.safeParse(jsonIn(text));
  if (parsed.success && parsed.data.pair === pair) return parsed.data;
  throw new Problem('SYNC_BLOCKED', {
    what: `Pair ${pair} is blocked, and the file that says why (${file}) cannot be read.`,
    state: 'Nothing was synchronized.',
    next: `Look at the last runs with \`${pasteableCommand(['sifaka', 'sync', 'status', '--log-dir', logDir])}\`, then clear it with \`${resumeCommand(pair, logDir)}\`.`,
  });
}

function isThere(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}

/** Durable when it resolves. */
export async function writeBlocked(logDir: string, blocked: SyncBlocked): Promise<void> {
  const file = blockedFile(logDir, blocked.pair);
  try {
    await replaceFile(file, `${JSON.stringify(blocked, null, 2)}\n`, `${file}.${randomUUID()}`);
  } catch (error) {
    throw logFolderUnusable(logDir, error);
  }
}

/** Whether there was anything to clear. */
export async function clearBlocked(logDir: string, pair: string): Promise<boolean> {
  try {
    await rm(blockedFile(logDir, pair));
    await syncFolder(logDir);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw logFolderUnusable(logDir, error);
  }
}

/** Refusals of one's own that name what was not meant: nothing was changed by then. */
export const stops: ReadonlySet<string> = new Set(['SYNC_TOO_MANY_DELETIONS', 'SYNC_EVERYTHING_CHANGED']);

/** What clears it when it was looked after. The folder is always named: in another one nothing is blocked. */
export function resumeCommand(pair: string, logDir: string): string {
  return pasteableCommand(['sifaka', 'sync', 'resume', '--pair', pair, '--log-dir', logDir]);
}

/** The refusal of the direction that waits. `direction` is the one that was asked for. */
export function isBlocked(blocked: SyncBlocked, direction: string, logDir: string): Problem {
  const { pair, problem } = blocked;
  const wasRefused = stops.has(problem.code);
  return new Problem('SYNC_BLOCKED', {
    what: `Pair ${pair} is blocked in this direction (${direction}): its other direction, ${blocked.direction}, ${wasRefused ? 'was refused' : 'failed'} at ${formatUtc(new Date(blocked.since))}. ${problem.what}`,
    state: `Nothing was synchronized in this direction. ${
      wasRefused
        ? 'The refused run changed nothing, but one of the two folders may not be as it should, and this direction works on the same two.'
        : 'A failed run may have left one side half done, which this one would take for the newer.'
    }`,
    next: `${wasRefused ? 'See whether both folders are as they should be,' : 'Mend what failed'} and run ${blocked.direction} again, from ${blocked.src} to ${blocked.dest}: a clean run clears this. If all is well as it is, \`${resumeCommand(pair, logDir)}\` clears it.`,
  });
}

function jsonIn(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
