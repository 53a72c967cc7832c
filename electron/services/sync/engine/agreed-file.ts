import { renameSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { databaseSuffixes, isTaken, refuseOtherThanPlainDatabase } from '../../durable/plain-file-place.ts';
import { makeOwnerFile } from '../../durable/make-owner-file.ts';
import { readRecord } from './agreed-records.ts';
import type { AgreedName } from './agreed-records.ts';
import type { ByteName } from './entry.ts';
import { DigestTable, keyOfPath } from './survey/digest-table.ts';
import type { FolderDigest } from './survey/folder-digest.ts';

const version = 1;

/** One folder as it is written; see agreed-records.ts for the record. */
export interface FolderRow {
  readonly path: ByteName;
  readonly digest: FolderDigest;
  readonly record: Uint8Array;
}

/**
 * The file behind the agreed state: one row for each folder, so that what did not change is neither read nor written, and a
 * transaction for each pass, so that a kill leaves the state of before. A record has a checksum of its own, as SQLite's pages
 * have none. Every method throws whatever is wrong with the file; whoever calls does without it then.
 */
export class AgreedFile {
  readonly #database: DatabaseSync;

  /** Opens it, and makes it where there is none. `roots` are the ids of both sides, in any order: a file of others is emptied. */
  constructor(file: string, roots: readonly [string, string]) {
    refuseOtherThanPlainDatabase(file);
    makeOwnerFile(file);
    this.#database = new DatabaseSync(file, { timeout: 2000 });
    try {
      this.#prepare(roots.toSorted().join(' '));
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  #prepare(roots: string): void {
    const found = this.#database.prepare('PRAGMA user_version').get()?.['user_version'];
    if (found !== 0 && found !== version)
      throw new Error(`it has the form of another version (${String(found)})`);
    if (found === version) {
      const known = this.#database.prepare('SELECT roots FROM pair').get()?.['roots'];
      if (known === roots) return;
    }
    this.#inTransaction(() => {
      // A record's path and names are bytes; halves of hashes are signed 32-bit numbers.
      this.#database.exec(`
        DROP TABLE IF EXISTS pair;
        DROP TABLE IF EXISTS passes;
        DROP TABLE IF EXISTS folders;
        CREATE TABLE pair (roots TEXT NOT NULL, digests BLOB, checksum INTEGER);
        CREATE TABLE passes (source TEXT PRIMARY KEY) WITHOUT ROWID;
        CREATE TABLE folders (
          path BLOB PRIMARY KEY,
          digest_low INTEGER NOT NULL,
          digest_high INTEGER NOT NULL,
          checksum INTEGER NOT NULL,
          record BLOB NOT NULL
        );
        CREATE INDEX digest_of_path ON folders (path, digest_low, digest_high);
        PRAGMA user_version = ${version};
      `);
      this.#database.prepare('INSERT INTO pair (roots) VALUES (?)').run(roots);
    });
  }

  close(): void {
    this.#database.close();
  }

  /** Of the roots that were the source of a pass. */
  sources(): string[] {
    return this.#database
      .prepare('SELECT source FROM passes')
      .all()
      .map(({ source }) => String(source));
  }

  /** The digests of all folders, which are kept in one piece, too: to read them row by row takes longer than a small walk. */
  digests(): DigestTable {
    const row = this.#database.prepare('SELECT digests, checksum FROM pair').get();
    if (row?.['digests'] === undefined || row['digests'] === null) return DigestTable.withRoomFor(0);
    const { digests, checksum } = row;
    if (!(digests instanceof Uint8Array) || crc32(digests) !== checksum)
      throw new Error('its digests are damaged');
    return DigestTable.copyOf(digests);
  }

  #keepDigests(): void {
    const count = Number(
      this.#database.prepare('SELECT count(*) AS folders FROM folders').get()?.['folders'],
    );
    const table = DigestTable.withRoomFor(count);
    // The index has all of it: no record is read.
    const all = this.#database.prepare('SELECT path, digest_low, digest_high FROM folders');
    for (const row of all.iterate()) {
      const digest = { low: Number(row['digest_low']), high: Number(row['digest_high']) };
      table.set(keyOfPath(bytesOf(row['path'])), digest);
    }
    const bytes = new Uint8Array(table.memory).slice();
    this.#database.prepare('UPDATE pair SET digests = ?, checksum = ?').run(bytes, crc32(bytes));
  }

  folder(path: ByteName): ReadonlyMap<ByteName, AgreedName> | undefined {
    const row = this.#database
      .prepare('SELECT record, checksum FROM folders WHERE path = ?')
      .get(Buffer.from(path, 'latin1'));
    if (row === undefined) return undefined;
    const { record, checksum } = row;
    if (!(record instanceof Uint8Array) || crc32(record) !== checksum) throw new Error('a record is damaged');
    return readRecord(record);
  }

  /** In one step: forgets `gone` and everything below, writes `rows`, and notes whose passes there have been. */
  write(gone: Iterable<ByteName>, rows: Iterable<FolderRow>, sources: readonly string[]): void {
    this.#inTransaction(() => {
      const forget = this.#database.prepare('DELETE FROM folders WHERE path = ? OR (path >= ? AND path < ?)');
      // '0' is the byte after '/'.
      for (const path of gone) {
        forget.run(...[path, `${path}/`, `${path}0`].map((bound) => Buffer.from(bound, 'latin1')));
      }
      const put = this.#database.prepare('INSERT OR REPLACE INTO folders VALUES (?, ?, ?, ?, ?)');
      for (const { path, digest, record } of rows) {
        put.run(Buffer.from(path, 'latin1'), digest.low, digest.high, crc32(record), record);
      }
      this.#keepDigests();
      for (const source of sources)
        this.#database.prepare('INSERT OR IGNORE INTO passes VALUES (?)').run(source);
    });
  }

  #inTransaction(work: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }
}

/** Keeps a broken file, and those beside it, for whoever wants to look at them, out of the way of a new one. */
export function setAside(file: string): void {
  for (const suffix of databaseSuffixes)
    if (isTaken(file + suffix)) renameSync(file + suffix, `${file}.broken${suffix}`);
}

function bytesOf(value: unknown): ByteName {
  if (!(value instanceof Uint8Array)) throw new Error('a path is damaged');
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
}
