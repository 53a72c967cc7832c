import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { formatQuantity } from '../../../../shared/quantities.ts';
import { iterationIdSchema } from '../../../../shared/schemas/sync-names.ts';
import {
  type SyncIteration,
  syncIterationSchema,
  syncOperationSchema,
} from '../../../../shared/schemas/sync-record.ts';
import { isMissing, systemErrorCode } from '../../durable/system-error.ts';
import { writeAll } from './copy-bytes.ts';
import { isCutOff, linesFromTheEnd, linesOf } from './file-lines.ts';
import { FolderChain, type KnownFolder, type OpenFolder } from './folder-chain.ts';
import { temporaryPrefix, trashName } from './reserved-names.ts';
import { trashMode } from './trash.ts';

/**
 * Beside an iteration's folder in the trash lie `<iteration>.json`, which iteration it is, and `<iteration>.jsonl`, one line
 * for each change that it was about to make. Both are durable before the change, so that whatever a kill leaves can be told,
 * and so that an undo needs no database.
 */
export const trashRecordSchema = z.object({
  schema: z.literal('sifaka.sync-trash/1'),
  iteration: syncIterationSchema,
  /** False while it runs, and after a kill: the next run of the pair looks at every intent. */
  finished: z.boolean(),
  /** Of the changes that were given up: an undo has nothing to do with them. */
  notDone: z.array(z.uuid()),
  /** Of one that was cut off and looked through: how many of its changes nobody can read, and so what it left half done. */
  unreadLines: z.number().int().positive().optional(),
  /** Of the same: it made folders that wait for their modes and times until a pass to this side has put all into them. */
  foldersLeft: z.literal(true).optional(),
});
export type TrashRecord = z.infer<typeof trashRecordSchema>;

const seenSchema = z.object({
  kind: z.enum(['file', 'folder', 'link', 'special']),
  size: z.number().nonnegative(),
  mtimeMs: z.number(),
  inode: z.number(),
  /** Only of folders, which are made anew: files keep theirs in the trash. */
  mode: z.number().optional(),
  uid: z.number().optional(),
  gid: z.number().optional(),
});
export type SeenEntry = z.infer<typeof seenSchema>;

/** A path below the root: nothing that leads out of it, whoever wrote the line. */
const pathSchema = z
  .string()
  .refine((path) => !path.includes('\0') && path.split('/').every((name) => !['', '.', '..'].includes(name)));

/** A change that is about to be made. What is null or false is not written: there may be a million of them. */
const intentSchema = z.object({
  uid: z.uuid(),
  operation: syncOperationSchema.shape.operation,
  kind: syncOperationSchema.shape.kind,
  /** The bytes of the relative path, one a character. */
  path: pathSchema,
  reason: syncOperationSchema.shape.reason,
  conflict: z.boolean().default(false),
  md5Before: syncOperationSchema.shape.md5_before.default(null),
  md5After: syncOperationSchema.shape.md5_after.default(null),
  /** What was there. */
  before: seenSchema.nullable().default(null),
  /** What will be there; of a folder its number is not known before it is made. */
  after: seenSchema.nullable().default(null),
  /** Where that lies until then: the relative path of a temporary, or, in an undo, of what lies in another iteration's trash. */
  from: pathSchema.nullable().default(null),
  /** Milliseconds since 1970. */
  started: z.number(),
});
export type Intent = z.infer<typeof intentSchema>;

const ownFile = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const newFile = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** The intents of the iteration that runs. Its files are made with the first of them. */
export class IntentLog {
  readonly #folders: FolderChain;
  readonly #record: Pick<TrashRecord, 'schema' | 'iteration'>;
  readonly #syncEach: boolean;
  #descriptor: number | undefined;

  constructor(root: KnownFolder, iteration: SyncIteration, { syncEach }: { readonly syncEach: boolean }) {
    this.#folders = new FolderChain(root);
    this.#record = { schema: 'sifaka.sync-trash/1', iteration };
    this.#syncEach = syncEach;
  }

  /** All of them or none; durable after the next sync of the file system. The system's error. */
  append(intents: readonly Intent[]): void {
    this.#descriptor ??= this.#open();
    const before = fstatSync(this.#descriptor).size;
    const lines = Buffer.from(intents.map((intent) => `${JSON.stringify(intent, unlessDefault)}\n`).join(''));
    try {
      writeAll(this.#descriptor, lines, { from: 0, to: lines.length, at: before });
      if (this.#syncEach) fdatasyncSync(this.#descriptor);
    } catch (error) {
      ftruncateSync(this.#descriptor, before);
      throw error;
    }
  }

  /** Every intent was carried out, or given up without a trace. */
  finish(iteration: SyncIteration, notDone: readonly string[]): void {
    if (this.#descriptor === undefined) return;
    replaceRecord(this.#trash(), { ...this.#record, iteration, finished: true, notDone: [...notDone] });
  }

  close(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    this.#folders.close();
    // Last: a network file system may say only now that something was not written.
    if (descriptor !== undefined) closeSync(descriptor);
  }

  #open(): number {
    const trash = this.#trash();
    replaceRecord(trash, { ...this.#record, finished: false, notDone: [] });
    return openSync(trash.at(`${this.#record.iteration.iteration_uid}.jsonl`), newFile, 0o600);
  }

  #trash(): OpenFolder {
    return this.#folders.folder(trashName, { make: trashMode });
  }
}

function replaceRecord(trash: OpenFolder, record: TrashRecord): void {
  const name = `${record.iteration.iteration_uid}.json`;
  const temporary = trash.at(`${temporaryPrefix}${name}`);
  writeFileSync(temporary, `${JSON.stringify(record)}\n`, { mode: 0o600, flush: true });
  renameSync(temporary, trash.at(name));
}

/** Removes the records that a kill kept from getting their names. To be called under the pair's lock. */
export function removeUnnamedRecords(root: string): void {
  const folders = new FolderChain(root);
  try {
    const trash = folders.folder(trashName);
    for (const name of readdirSync(trash.self))
      if (name.startsWith(temporaryPrefix) && name.endsWith('.json')) unlinkSync(trash.at(name));
  } catch (error) {
    if (!isMissing(error)) throw error;
  } finally {
    folders.close();
  }
}

export interface TrashRecords {
  readonly records: readonly TrashRecord[];
  /**
   * The iterations whose records nothing can be made of: damaged, or of a newer version. Such a one can be neither ended nor
   * undone, nothing of it is ever removed, and what is missing on this side is not deleted on the other.
   */
  readonly unusable: readonly string[];
}

/** What the trash of a root says about its iterations; files that are not called as records are left out. */
export function readTrashRecords(root: string): TrashRecords {
  const records: TrashRecord[] = [];
  const unusable: string[] = [];
  const folders = new FolderChain(root);
  try {
    const trash = folders.folder(trashName);
    for (const name of readdirSync(trash.self)) {
      const iteration = name.endsWith('.json') ? name.slice(0, -'.json'.length) : '';
      if (!iterationIdSchema.safeParse(iteration).success) continue;
      const record = parsed(trashRecordSchema, readOwnFile(trash, name));
      if (record?.iteration.iteration_uid === iteration) records.push(record);
      else unusable.push(iteration);
    }
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  } finally {
    folders.close();
  }
  return { records, unusable };
}

/** That a record cannot be understood, and what it means. */
export function unusableRecord(root: string, iteration: string): string {
  const trash = join(root, trashName);
  return `${join(trash, `${iteration}.json`)} cannot be understood: it is damaged, or of a newer version of Sifaka. The run ${iteration} cannot be taken back by \`sync undo\`, and what it may have left half done is not brought to an end. What it replaced stays in ${join(trash, iteration)}, however old it gets: no run removes it. Once you have looked through it, move all of ${trash} that begins with ${iteration} away yourself.`;
}

/** The same of lines of a run that was cut off, and so of the changes that it had promised in them. */
export function unreadLinesOf(root: string, iteration: string, lines: number): string {
  const trash = join(root, trashName);
  return `${formatQuantity(lines, 'line')} of ${join(trash, `${iteration}.jsonl`)} cannot be understood: damaged, or of a newer version of Sifaka. The run ${iteration} was cut off, and what it may have left half done by them is as it left it. Until it was looked after, nothing is deleted on the other side because it is missing in ${root}, and what that run replaced stays in ${join(trash, iteration)}, however old it gets: what is missing in ${root} may lie there. Once you have looked through it, move all of ${trash} that begins with ${iteration} away yourself.`;
}

/**
 * In the order they were to be made, or the last one first. A last line that a kill cut off was never acted upon. Read while
 * they are asked for: those of a million files are more than fits in a string. Other lines that are no intent are left out, and
 * at the end `notUsable` is told how many there were.
 */
export function* readIntents(
  root: string,
  iteration: string,
  order: 'first-to-last' | 'last-to-first' = 'first-to-last',
  notUsable: (lines: number) => void = () => undefined,
): Generator<Intent> {
  const folders = new FolderChain(root);
  let descriptor: number | undefined;
  try {
    descriptor = openSync(folders.folder(trashName).at(`${iteration}.jsonl`), ownFile);
    const forward = order === 'first-to-last';
    let [lines, notUnderstood, lastUnderstood] = [0, 0, true];
    for (const line of forward ? linesOf(descriptor) : linesFromTheEnd(descriptor)) {
      const intent = parsed(intentSchema, line);
      if (forward || lines === 0) lastUnderstood = intent !== undefined;
      lines += 1;
      if (intent) yield intent;
      else notUnderstood += 1;
    }
    if (!lastUnderstood && isCutOff(descriptor)) notUnderstood -= 1;
    if (notUnderstood > 0) notUsable(notUnderstood);
  } catch (error) {
    if (!isMissing(error)) throw error;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
    folders.close();
  }
}

/** What is said of them to who takes a run back. */
export function unusableLines(root: string, iteration: string, lines: number): string {
  const file = join(root, trashName, `${iteration}.jsonl`);
  return `${formatQuantity(lines, 'line')} of ${file} cannot be understood; what they speak of was left as it is.`;
}

/** Marks an iteration that was cut off as looked through; `found` is what is to be known of it from now on. */
export function finishRecord(
  root: string,
  record: TrashRecord,
  found: Pick<TrashRecord, 'notDone' | 'unreadLines' | 'foldersLeft'>,
): void {
  const folders = new FolderChain(root);
  try {
    replaceRecord(folders.folder(trashName), { ...record, ...found, finished: true });
  } finally {
    folders.close();
  }
}

/** The folders that these iterations made have what they were to get, as far as it could be given to them. */
export function finishFoldersLeft(root: string, iterations: readonly string[]): void {
  if (iterations.length === 0) return;
  const folders = new FolderChain(root);
  try {
    const trash = folders.folder(trashName);
    for (const iteration of iterations) {
      const record = parsed(trashRecordSchema, readOwnFile(trash, `${iteration}.json`));
      if (record?.foldersLeft) replaceRecord(trash, { ...record, foldersLeft: undefined });
    }
  } finally {
    folders.close();
  }
}

function readOwnFile(trash: OpenFolder, name: string): string {
  const path = trash.at(name);
  return lstatSync(path).isFile() ? readFileSync(path, 'utf8') : '';
}

function parsed<T>(schema: z.ZodType<T>, text: string): T | undefined {
  if (text === '') return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function unlessDefault(_key: string, value: unknown): unknown {
  return value === null || value === false ? undefined : value;
}
