import { lstatSync } from 'node:fs';
import { basename } from 'node:path';

/** Something that is no plain file has the name that a file of ours is to have. */
export class NotAPlainFile extends Error {
  override readonly name = 'NotAPlainFile';

  readonly file: string;

  constructor(file: string) {
    super(`${basename(file)} is a link, or something else that is no plain file`);
    this.file = file;
  }
}

/**
 * For what is opened by a library that follows links, such as SQLite: through a link it would make or change a file
 * elsewhere. Nothing there is fine, and a folder is for whoever opens it to refuse. Throws NotAPlainFile, and what the
 * system says. An instant remains between this look and the opening; the folder is its owner's.
 */
function refuseOtherThanPlainFile(file: string): void {
  const about = lstatSync(file, { throwIfNoEntry: false });
  if (about && !about.isFile() && !about.isDirectory()) throw new NotAPlainFile(file);
}

/** A database of SQLite, and the files that it keeps beside it (sqlite.org/tempfiles.html). */
export const databaseSuffixes = ['', '-journal', '-wal', '-shm'] as const;

/**
 * Of all files of a database: what lies beside it is opened unasked. There, too, a link leads elsewhere, and a named pipe
 * that nobody writes to would stop this process for ever, as SQLite waits in its only thread.
 */
export function refuseOtherThanPlainDatabase(file: string): void {
  for (const suffix of databaseSuffixes) refuseOtherThanPlainFile(file + suffix);
}

/** Whether anything has that name, be it a link to nowhere. */
export function isTaken(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}
