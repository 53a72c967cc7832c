import { randomUUID } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { NotAPlainFile, refuseOtherThanPlainDatabase } from '../../durable/plain-file-place.ts';
import { makeOwnerFile } from '../../durable/make-owner-file.ts';
import { isMissing } from '../../durable/system-error.ts';

/** Result codes of sqlite3.h. */
const SQLITE_BUSY = 5;
const SQLITE_NOTADB = 26;

/** A lock of the operating system on one file; it ends with the process. */
export interface OsLock {
  readonly file: string;
  /** Whether the file was removed or replaced: then another one could lock the new one. */
  isReplaced(): Promise<boolean>;
  /** Gives it back; a second time it does nothing. */
  close(): void;
  readonly isOpen: boolean;
}

export function lockFileIn(folder: string, pair: string): string {
  return join(folder, `lock-${pair}.sqlite`);
}

/**
 * Locks a file, which is made where it is missing; `undefined` when another process or run has it. Throws what SQLite or the
 * system says where it cannot be locked at all.
 */
export async function takeOsLock(file: string): Promise<OsLock | undefined> {
  const database = await openAlone(file);
  if (database === undefined) return undefined;
  let inode: bigint;
  try {
    inode = await inodeOf(file);
  } catch (error) {
    database.close();
    throw error;
  }
  return {
    file,
    async isReplaced() {
      try {
        return (await inodeOf(file)) !== inode;
      } catch (error) {
        return isMissing(error);
      }
    },
    close() {
      if (database.isOpen) database.close();
    },
    get isOpen() {
      return database.isOpen;
    },
  };
}

/** A network folder without a lock service says of every file that it is locked, of one that nobody else can know too. */
export async function hasLocks(folder: string): Promise<boolean> {
  const file = join(folder, `probe-${randomUUID()}.sqlite`);
  try {
    const database = await openAlone(file);
    database?.close();
    return database !== undefined;
  } finally {
    await rm(file, { force: true }).catch(() => undefined);
  }
}

/** Which file it is that has the place of a lock file, or of one that SQLite keeps beside it, and is none. */
export function noLockFileIn(file: string, error: unknown): string | undefined {
  if (error instanceof NotAPlainFile) return error.file;
  return resultCode(error) === SQLITE_NOTADB ? file : undefined;
}

/** The locked file, open; `undefined` when another process or run has it. */
async function openAlone(file: string): Promise<DatabaseSync | undefined> {
  const { DatabaseSync } = await import('node:sqlite');
  let database: DatabaseSync | undefined;
  try {
    refuseOtherThanPlainDatabase(file);
    makeOwnerFile(file);
    database = new DatabaseSync(file, { timeout: 0 });
    // No journal: nothing is ever written.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    if (database?.isOpen === true) database.close();
    if (resultCode(error) === SQLITE_BUSY) return undefined;
    throw error;
  }
}

/** Of a SQLite error, without the detail in its upper bits. */
function resultCode(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode & 0xff
    : undefined;
}

async function inodeOf(file: string): Promise<bigint> {
  return (await stat(file, { bigint: true })).ino;
}
