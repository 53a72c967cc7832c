import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { syncIterationSchema, type SyncIteration } from '../../../../shared/schemas/sync-record.ts';
import { systemErrorCode } from '../../durable/system-error.ts';
import { logFolderUnusable } from './log-folder.ts';
import { isStorableTime } from './opslog-reader.ts';

/*
 * Of each run two files are in the log folder: `opslog-<pair>-<direction>-<time>.jsonl`, one operation a line, and
 * `iteration-<pair>-<direction>-<time>.json`, what the run was and is. Whose they are is read from the latter: pair and
 * direction may have hyphens in them, so that a name says it to people only.
 */

const opslogName = /^opslog-(.+)\.jsonl$/;
const iterationName = /^iteration-(.+)\.json$/;
/** What is kept of an opslog that had lines which are none. */
export const setAsideSuffix = '.set-aside';

/** An iteration's file is below a kilobyte, and its longest text has 4096 characters or so. */
const mostIterationBytes = 256 * 1024;

/** A run whose records are in the log folder. */
export interface Opslog {
  /** Absolute. */
  readonly file: string;
  readonly iterationFile: string;
  readonly iteration: SyncIteration;
  /** When something was last added, in milliseconds since 1970. */
  readonly changedMs: number;
}

export interface OpslogList {
  /** The oldest first. */
  readonly opslogs: readonly Opslog[];
  /** Files of a run that do not say whose they are, absolute: opslogs alone, and iterations that cannot be read. */
  readonly orphans: readonly string[];
  /** Files that were set aside, absolute. */
  readonly setAside: readonly string[];
}

/** The names of both files; a colon is in no name on Windows. */
export function opslogNames(
  { sync_pair, direction }: Pick<SyncIteration, 'sync_pair' | 'direction'>,
  time: Date,
  { colons }: { readonly colons: boolean },
): { readonly opslog: string; readonly iteration: string } {
  const stamp = colons ? time.toISOString() : time.toISOString().replaceAll(':', '-');
  const run = `${sync_pair}-${direction}-${stamp}`;
  return { opslog: `opslog-${run}.jsonl`, iteration: `iteration-${run}.json` };
}

/** What lies in the log folder, of one pair or of all. Links and whatever else is no file are not looked at. */
export async function listOpslogs(
  logDir: string,
  { pair }: { readonly pair?: string } = {},
): Promise<OpslogList> {
  const names = await namesIn(logDir);
  const opslogs: Opslog[] = [];
  const owned = new Set<string>();
  for (const name of names) {
    const [, run] = iterationName.exec(name) ?? [];
    if (run === undefined) continue;
    const opslog = await readOpslog(logDir, run);
    if (!opslog) continue;
    owned.add(opslog.file);
    owned.add(opslog.iterationFile);
    if (pair === undefined || opslog.iteration.sync_pair === pair) opslogs.push(opslog);
  }
  const files = (pattern: (name: string) => boolean) =>
    names.filter(pattern).map((name) => join(logDir, name));
  return {
    opslogs: opslogs.toSorted((one, other) =>
      one.iteration.started_at.localeCompare(other.iteration.started_at),
    ),
    orphans: files((name) => opslogName.test(name) || iterationName.test(name)).filter(
      (file) => !owned.has(file),
    ),
    setAside: files((name) => /^(?:opslog|iteration)-/.test(name) && name.endsWith(setAsideSuffix)),
  };
}

async function readOpslog(logDir: string, run: string): Promise<Opslog | undefined> {
  const file = join(logDir, `opslog-${run}.jsonl`);
  const iterationFile = join(logDir, `iteration-${run}.json`);
  try {
    const iterationAbout = await lstat(iterationFile);
    if (!iterationAbout.isFile() || iterationAbout.size > mostIterationBytes) return undefined;
    const iteration = syncIterationSchema.safeParse(jsonIn(await readFile(iterationFile, 'utf8')));
    if (!iteration.success || !isStorableTime(iteration.data.started_at)) return undefined;
    // A run that was killed before its first line, or whose lines were stored just before a kill, has only this file.
    const about = await lstat(file).catch((error: unknown) => {
      if (systemErrorCode(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (about && !about.isFile()) return undefined;
    const changedMs = Math.max(iterationAbout.mtimeMs, about?.mtimeMs ?? 0);
    return { file, iterationFile, iteration: iteration.data, changedMs };
  } catch (error) {
    // Another run of another pair may have stored and deleted its own meanwhile.
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw logFolderUnusable(logDir, error);
  }
}

async function namesIn(logDir: string): Promise<string[]> {
  try {
    return (await readdir(logDir)).toSorted();
  } catch (error) {
    throw logFolderUnusable(logDir, error);
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
