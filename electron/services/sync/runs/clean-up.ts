import { lstat, readdir, rename, rm, utimes } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Clock } from '../../clock.ts';
import { isMissing } from '../../durable/system-error.ts';
import { openAuditStore } from '../store/open-audit-store.ts';
import { flushOpslog } from './flush.ts';
import { logFolderUnusable } from './log-folder.ts';
import { listOpslogs, setAsideSuffix, type Opslog } from './opslog-files.ts';

export interface CleanUpRequest {
  /** Absolute; it is there. */
  readonly logDir: string;
  /** Whose lock is held. */
  readonly pair: string;
  readonly retainDays: number;
  readonly clock: Clock;
}

export interface CleanUpReport {
  /** Runs whose records are now in the file in the log folder, since no database took them in time. */
  readonly taken: readonly string[];
  /** Files that are gone. */
  readonly removed: readonly string[];
  /** What an operator should read, a sentence or two each. */
  readonly notes: readonly string[];
}

/**
 * After a flush: what is older than the retention goes. Records that no database took are first taken into the file in the
 * log folder; where that fails too, they stay. SYNC_LOG_FOLDER_UNUSABLE.
 */
export async function cleanUpOpslogs(request: CleanUpRequest): Promise<CleanUpReport> {
  const { logDir, pair, retainDays, clock } = request;
  const before = clock.now().getTime() - retainDays * 86_400_000;
  const { opslogs, orphans, setAside } = await listOpslogs(logDir, { pair });
  const taken: string[] = [];
  const removed: string[] = [];
  const notes: string[] = [];
  try {
    for (const opslog of opslogs.filter(({ changedMs }) => changedMs < before)) {
      const { isTaken, note } = await takeIn(opslog, request);
      notes.push(...note);
      if (!isTaken) continue;
      taken.push(opslog.iteration.iteration_uid);
      removed.push(opslog.file);
    }
    for (const file of await older(setAside, before)) {
      await rm(file, { force: true });
      removed.push(file);
      notes.push(
        `${basename(file)}, which had lines that could not be read, was ${retainDays} days old and is deleted.`,
      );
    }
    for (const file of await older(orphans, before)) {
      await putOut(file, clock);
      notes.push(
        `Nothing says which run ${basename(file)} is of. It is kept as ${basename(file)}${setAsideSuffix} for another ${retainDays} days.`,
      );
    }
    for (const file of await older(await temporaries(logDir), before)) {
      await rm(file, { force: true });
      removed.push(file);
    }
  } catch (error) {
    throw logFolderUnusable(logDir, error);
  }
  return { taken, removed, notes };
}

async function takeIn(
  opslog: Opslog,
  { logDir, clock, retainDays }: CleanUpRequest,
): Promise<{ isTaken: boolean; note: string[] }> {
  const { iteration } = opslog;
  const run = `The records of the run of ${iteration.direction} that began at ${iteration.started_at}`;
  const store = openAuditStore({ logDir, clock });
  try {
    const outcome = await flushOpslog(opslog, { logDir, clock, store });
    if ('code' in outcome)
      return {
        isTaken: false,
        note: [`${run} wait for more than ${retainDays} days, and stay. ${outcome.what}`],
      };
    const note = `${run} waited ${retainDays} days for the database. They are now in ${store.description}.`;
    return { isTaken: true, note: [note, ...outcome.notes] };
  } finally {
    await store.close();
  }
}

/** Sets a file aside, and lets its time begin anew. */
async function putOut(file: string, clock: Clock): Promise<void> {
  const aside = `${file}${setAsideSuffix}`;
  await rename(file, aside);
  await utimes(aside, clock.now(), clock.now());
}

/** What a kill left of a file that was being replaced. */
async function temporaries(logDir: string): Promise<string[]> {
  const names = await readdir(logDir);
  return names
    .filter((name) => /^iteration-.+\.json\.[0-9a-f-]{36}$/.test(name))
    .map((name) => join(logDir, name));
}

async function older(files: readonly string[], before: number): Promise<string[]> {
  const found: string[] = [];
  for (const file of files) {
    try {
      const about = await lstat(file);
      if (about.isFile() && about.mtimeMs < before) found.push(file);
    } catch (error) {
      // Another pair's clean-up was there first.
      if (!isMissing(error)) throw error;
    }
  }
  return found;
}
