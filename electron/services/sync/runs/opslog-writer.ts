import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SyncIteration, SyncOperation } from '../../../../shared/schemas/sync-record.ts';
import { renameOver } from '../../durable/give-name.ts';
import { syncFolder } from '../../durable/sync-folder.ts';
import { systemErrorCode } from '../../durable/system-error.ts';
import { replaceFile } from '../../durable/write-file.ts';
import { logFolderUnusable } from './log-folder.ts';
import { opslogNames } from './opslog-files.ts';

/** Writes the records of one run; calls are taken in their order. SYNC_LOG_FOLDER_UNUSABLE. */
export interface OpslogWriter {
  readonly file: string;
  readonly iterationFile: string;
  /** One line each, all at once. `durable`: on the medium when it resolves. */
  append(operations: readonly SyncOperation[], options?: { readonly durable?: boolean }): Promise<void>;
  /** What the run came to in the end; every line is on the medium before it says so. */
  finish(iteration: SyncIteration): Promise<void>;
  /** May be called again. */
  close(): Promise<void>;
}

/**
 * Begins both files of a run, the one that says whose it is first. Neither is waited for on its way to the medium: nothing
 * was changed yet, and a process that is killed does not take them with it. The folder is there.
 */
export async function createOpslog({
  logDir,
  iteration,
}: {
  readonly logDir: string;
  readonly iteration: SyncIteration;
}): Promise<OpslogWriter> {
  const { file, iterationFile, handle } = await createFiles(logDir, iteration);
  let queue: Promise<void> = Promise.resolve();
  let isOpen = true;
  let isEmpty = true;
  /** A failed write may have left half a line behind, which must not swallow the next one. */
  let isTorn = false;

  function inTurn(work: () => Promise<void>): Promise<void> {
    const done = queue.then(work).catch((error: unknown) => {
      throw logFolderUnusable(logDir, error);
    });
    queue = done.catch(() => undefined);
    return done;
  }

  return {
    file,
    iterationFile,
    append: (operations, { durable = false } = {}) =>
      inTurn(async () => {
        if (operations.length > 0) {
          const lines = `${isTorn ? '\n' : ''}${operations.map(lineOf).join('')}`;
          isTorn = true;
          isEmpty = false;
          await handle.appendFile(lines);
          isTorn = false;
        }
        if (!durable) return;
        await handle.datasync();
        await syncFolder(logDir);
      }),
    finish: (ended) =>
      inTurn(async () => {
        const temporary = `${iterationFile}.${randomUUID()}`;
        if (isEmpty) return replaceQuickly(iterationFile, jsonOf(ended), temporary);
        await handle.datasync();
        await replaceFile(iterationFile, jsonOf(ended), temporary);
      }),
    async close() {
      await queue;
      if (!isOpen) return;
      isOpen = false;
      await handle.close();
    },
  };
}

interface OpslogFiles {
  readonly file: string;
  readonly iterationFile: string;
  readonly handle: FileHandle;
}

/** FAT and exFAT take no colons; through FUSE they answer as if the folder were not there. */
async function createFiles(logDir: string, iteration: SyncIteration): Promise<OpslogFiles> {
  const colons = process.platform !== 'win32';
  try {
    return await createNamed(logDir, iteration, { colons }).catch((error: unknown) => {
      if (!colons || !['ENOENT', 'EINVAL'].includes(systemErrorCode(error) ?? '')) throw error;
      return createNamed(logDir, iteration, { colons: false });
    });
  } catch (error) {
    throw logFolderUnusable(logDir, error);
  }
}

async function createNamed(
  logDir: string,
  iteration: SyncIteration,
  options: { readonly colons: boolean },
): Promise<OpslogFiles> {
  // Two runs of a direction that began in the same millisecond: the second one's name is a later one.
  for (let time = Date.parse(iteration.started_at); ; time += 1) {
    const names = opslogNames(iteration, new Date(time), options);
    const file = join(logDir, names.opslog);
    const iterationFile = join(logDir, names.iteration);
    if (!(await createNew(iterationFile, jsonOf(iteration)))) continue;
    const handle = await openNew(file);
    if (handle) return { file, iterationFile, handle };
    await rm(iterationFile);
  }
}

/** `undefined` where there is one of that name. */
async function openNew(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, 'ax', 0o600);
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return undefined;
    throw error;
  }
}

/** False where there is one of that name. */
async function createNew(file: string, text: string): Promise<boolean> {
  try {
    await writeFile(file, text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** In one step, but it may be gone after a power cut: what a run says that did nothing is worth no wait for a disk. */
async function replaceQuickly(file: string, text: string, temporary: string): Promise<void> {
  await writeFile(temporary, text, { flag: 'wx', mode: 0o600 });
  await renameOver(temporary, file);
}

function lineOf(operation: SyncOperation): string {
  return `${JSON.stringify(operation)}\n`;
}

function jsonOf(iteration: SyncIteration): string {
  return `${JSON.stringify(iteration, null, 2)}\n`;
}
