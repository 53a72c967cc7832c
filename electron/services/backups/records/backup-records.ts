import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { asProblem } from '../../../../shared/problem.ts';
import {
  type BackupRecord,
  backupRecordSchema,
  backupRecordsFileSchema,
} from '../../../../shared/schemas/backup-record.ts';
import { recordsLimit } from '../../lab/backup-files.ts';
import { digestOf, parseFile, recordsFile } from '../../lab/known-files.ts';
import type { LabReader, NewChangelogEntry } from '../../lab/lab-folder.ts';
import type { BackupServiceParts } from '../parts.ts';

/** `backups/backups.json` of the lab: every change of it is one atomic write under the lab's lock. */
export interface BackupRecords {
  /** Newest first. LAB_FILE_INVALID. */
  all(): Promise<BackupRecord[]>;
  find(id: string): Promise<BackupRecord | undefined>;
  /**
   * Adds a record, or changes one: `change` sees the one of this id as it is on the disk then. `entry` goes into the logbook
   * in the same step; without one the logbook says nothing of it. Nothing is written when the record stays as it is.
   */
  put(
    id: string,
    change: (now: BackupRecord | undefined) => BackupRecord,
    entry?: NewChangelogEntry,
  ): Promise<BackupRecord>;
}

/** The file as it is written: with keys that this program does not know. */
const writtenSchema = z.looseObject({ backups: z.array(z.record(z.string(), z.unknown())) });

interface RecordsFile {
  readonly digest: string;
  readonly written: z.infer<typeof writtenSchema>;
  /** Oldest first, as in the file. */
  readonly backups: readonly BackupRecord[];
}

export function createBackupRecords({ lab }: Pick<BackupServiceParts, 'lab'>): BackupRecords {
  /** Views ask for it many times between two changes. */
  let last: RecordsFile | undefined;

  async function read(reader: LabReader): Promise<RecordsFile | undefined> {
    let bytes: Uint8Array;
    try {
      bytes = await reader.readBytes(recordsFile, recordsLimit);
    } catch (error) {
      if (asProblem(error)?.code === 'LAB_FILE_MISSING') return undefined;
      throw error;
    }
    if (last?.digest !== digestOf(bytes)) last = parsed(bytes);
    return last;
  }

  return {
    async all() {
      const file = await read(lab);
      return (file?.backups ?? []).toSorted((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt));
    },
    async find(id) {
      return (await read(lab))?.backups.find((record) => record.id === id);
    },
    async put(id, change, entry) {
      let result: BackupRecord | undefined;
      await lab.changeFile(async (reader) => {
        const file = await read(reader);
        const now = file?.backups.find((record) => record.id === id);
        const next = backupRecordSchema.parse(change(now && structuredClone(now)));
        if (next.id !== id) throw new Error('a backup keeps its id');
        result = next;
        if (isDeepStrictEqual(next, now)) return undefined;
        return { file: recordsFile, bytes: withRecord(file, next), record: entry };
      });
      if (result === undefined) throw new Error('no record was decided on');
      return result;
    },
  };
}

function parsed(bytes: Uint8Array): RecordsFile {
  const { digest, document, value } = parseFile(recordsFile, bytes, backupRecordsFileSchema);
  return { digest, written: writtenSchema.parse(document.value), backups: value.backups };
}

/** The file with one record changed or added at its end; what is not known stays as it is written. */
function withRecord(file: RecordsFile | undefined, next: BackupRecord): Uint8Array {
  const backups: Record<string, unknown>[] = [...(file?.written.backups ?? [])];
  const index = file?.backups.findIndex(({ id }) => id === next.id) ?? -1;
  const before = backups[index];
  if (before === undefined) backups.push(next);
  else backups[index] = { ...unknownKeys(before), ...next };
  const whole = { schema: 'sifaka.backups/1', ...file?.written, backups };
  return Buffer.from(`${JSON.stringify(whole, undefined, 2)}\n`);
}

function unknownKeys(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).filter(([key]) => !Object.hasOwn(backupRecordSchema.shape, key)),
  );
}
