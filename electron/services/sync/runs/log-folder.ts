import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '../../../../shared/problem.ts';
import { createFile } from '../../durable/write-file.ts';
import { makeFolders } from '../../durable/make-folders.ts';
import { systemErrorCode } from '../../durable/system-error.ts';
import { byteNameOf, escapeName } from '../engine/byte-names.ts';
import { logFolderMarkerName, markerName } from '../engine/reserved-names.ts';
import { errorCode, isFull, roomForLogs } from '../engine/system-words.ts';

const markText = 'The log folder of Sifaka HA Sync. A folder that has this file is never synchronized.\n';

/**
 * What the syncs write in a log folder: one that has any of it was one before its marker was lost, or before there were markers,
 * or was about to become one when a run was killed.
 */
const ours =
  /^(?:(?:opslog|iteration|blocked|lock|lease|agreed)-.+\.(?:jsonl?|sqlite)(?:\..+|-journal)?|sync-audit\.sqlite(?:-.+)?|\.sifaka-sync-log-[0-9a-f-]{36})$/;
/** What a folder may have that is about to become a log folder: the output of the job that runs it, and a new disk's own. */
const harmless = /^(?:lost\+found|.+\.log)$/;

/**
 * Makes the log folder and its marker where they are missing, and sees that it can be written. No walk enters a folder with
 * that marker: the log folder may lie inside a pair, and may be reached through another mount. So a folder that has other
 * things in it is never marked, and a root of a pair is never used. SYNC_LOG_FOLDER_UNUSABLE.
 */
export async function openLogFolder(logDir: string): Promise<void> {
  try {
    await makeFolders(logDir, { mode: 0o750 });
    const names = await readdir(logDir);
    refuseRoot(logDir, names);
    if (!names.includes(logFolderMarkerName)) {
      const other = names.some((name) => ours.test(name))
        ? undefined
        : names.find((name) => !harmless.test(name));
      if (other !== undefined) throw hasOtherThings(logDir, other);
      const mark = join(logDir, logFolderMarkerName);
      await createFile(mark, markText, `${mark}-${randomUUID()}`);
    }
    await access(logDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw error instanceof Problem ? error : logFolderUnusable(logDir, error);
  }
}

/** For what needs a log folder that is there already: it is neither made nor marked. SYNC_LOG_FOLDER_UNUSABLE. */
export async function findLogFolder(logDir: string): Promise<void> {
  let names: string[];
  try {
    names = await readdir(logDir);
  } catch (error) {
    throw logFolderUnusable(logDir, error);
  }
  refuseRoot(logDir, names);
  if (!names.some((name) => name === logFolderMarkerName || ours.test(name))) throw isNoLogFolder(logDir);
}

/** These problems are read in a terminal and in a window. */
const where = ': --log-dir of the command, logFolder in sync/pairs.yaml';

function refuseRoot(logDir: string, names: readonly string[]): void {
  if (!names.includes(markerName)) return;
  const mark = join(logDir, logFolderMarkerName);
  throw new Problem('SYNC_LOG_FOLDER_UNUSABLE', {
    what: `${logDir} is a side of a synchronized pair, and so cannot be the log folder.`,
    state: 'Nothing was synchronized.',
    next: names.includes(logFolderMarkerName)
      ? `Name another log folder${where}. ${mark} says that it is a log folder: remove that file, or the pair is not synchronized any more.`
      : `Name another log folder${where}.`,
  });
}

function hasOtherThings(logDir: string, name: string): Problem {
  return new Problem('SYNC_LOG_FOLDER_UNUSABLE', {
    what: `${logDir} is no log folder yet, and has other things in it, such as ${escapeName(byteNameOf(name))}.`,
    state: 'Nothing was synchronized, and the folder was not touched.',
    next: `Name a new or empty folder as the log folder${where}.`,
  });
}

function isNoLogFolder(logDir: string): Problem {
  return new Problem('SYNC_LOG_FOLDER_UNUSABLE', {
    what: `${logDir} is no log folder of syncs.`,
    state: 'Nothing was changed.',
    next: `Name the log folder of the runs${where}.`,
  });
}

/** The same problem for whatever goes wrong in that folder later. */
export function logFolderUnusable(logDir: string, error: unknown): Problem {
  if (isFull(error)) return logFolderFull(logDir, error);
  return new Problem(
    'SYNC_LOG_FOLDER_UNUSABLE',
    {
      what: `The log folder ${logDir} cannot be used: ${reasonOf(error)}.`,
      state: 'Nothing was synchronized: without its log a run could not be undone.',
      next: `Make that folder yours and writable, or name another one as the log folder${where}.`,
    },
    { cause: error },
  );
}

/** Another folder would be bad advice: what the sides last had in common, and what waits, is in this one. */
function logFolderFull(logDir: string, error: unknown): Problem {
  const whose =
    errorCode(error) === 'EDQUOT' ? 'this user’s quota on its disk is used up' : 'its disk is full';
  return new Problem(
    'SYNC_LOG_FOLDER_UNUSABLE',
    {
      what: `The log folder ${logDir} cannot be used: ${whose}.`,
      state:
        'Nothing was synchronized, and both folders are as they were: without its log a run could not be undone.',
      next: roomForLogs(logDir),
    },
    { cause: error },
  );
}

function reasonOf(error: unknown): string {
  switch (systemErrorCode(error) ?? '') {
    case 'EACCES':
    case 'EPERM':
      return 'permission was denied';
    case 'EROFS':
      return 'it is on a read-only file system';
    case 'ENOENT':
      return 'it is not there';
    case 'ENOTDIR':
    case 'EEXIST':
      return 'something that is not a folder is in its place';
    case 'ESTALE':
    case 'EIO':
      return 'its disk or server does not answer';
    default:
      return `the system reported ${systemErrorCode(error) ?? 'an error'}`;
  }
}
