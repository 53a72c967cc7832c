import { isDeepStrictEqual } from 'node:util';
import { Problem } from '../../../shared/problem.ts';
import type { Clock } from '../clock.ts';
import { fileLimit, findClusterFiles } from './cluster-files.ts';
import type { ConfinedFolder } from './confined-folder.ts';
import { missingHookFiles } from './inventory-files.ts';
import { digestOf, inventoryFile, parseCluster, parseDocument, parseInventory } from './known-files.ts';
import { fileProblem } from './lab-document.ts';
import type { LabFileChange, NewChangelogEntry, NewFolder } from './lab-folder.ts';
import { labPathParts } from './lab-path.ts';
import { stageEntry } from './logbook.ts';
import { onOneLine } from './plain-text.ts';
import { mistakeAt } from './schema-mistakes.ts';
import { pointerParts, readablePath, valueAt } from './value-at.ts';

export interface LabChange {
  readonly file: string;
  readonly pointer: string;
  readonly value: unknown;
  /** Of the file as the caller read it; LAB_CHANGED_MEANWHILE when it is another now. */
  readonly digest?: string;
  readonly reason?: string;
}

/**
 * Sets one value under the lab's lock: the result is checked as a whole before anything is written, and it, the
 * changelog and `CHANGELOG.md` are all safe on disk beside their names before the first of them gets its name. So a full
 * disk or a damaged logbook leaves everything as it was. What can still fail is one of the three renames; then the
 * problem says that the value is set and the logbook lacks it.
 *
 * The logbook names the place of the change and not the value: a cluster file may hold what others must not read.
 */
export async function editLabFile(
  folder: ConfinedFolder,
  clock: Clock,
  change: LabChange,
): Promise<{ digest: string }> {
  const { file } = change;
  const path = pointerParts(change.pointer);
  if (path.length === 0) throw wholeFile(file);
  const kind = await editableKind(folder, file);
  const before = await folder.readBytes(file, fileLimit);
  const digest = digestOf(before);
  if (change.digest !== undefined && change.digest !== digest) throw changedMeanwhile(file);

  const document = parseDocument(file, before);
  const after = Buffer.from(document.withValue(path, change.value));
  if (after.equals(before)) return { digest };
  await refuseMistakes(folder, kind, file, before, after);
  expectOnlyThisChange(document.value, parseDocument(file, after).value, path, change.value);

  await writeRecorded(folder, clock, {
    file,
    bytes: after,
    record: {
      project: 'lab',
      summary: `Set ${onOneLine(readablePath(path), 300)} in ${file}`,
      reason: change.reason ?? '',
      affectedResources: [`${file}#${change.pointer}`],
    },
  });
  return { digest: digestOf(after) };
}

/** A file and the entry that tells of it, if there is one: whatever can go wrong with the entry does so before the file has its name. */
export async function writeRecorded(
  folder: ConfinedFolder,
  clock: Clock,
  { file, bytes, record: entry, mustNotExist = false }: LabFileChange,
): Promise<void> {
  await changeRecorded(folder, clock, file, () => folder.write(file, bytes, { mustNotExist }), entry);
}

/** A whole new folder, in the same order. */
export async function createRecorded(
  folder: ConfinedFolder,
  clock: Clock,
  { folder: name, files, record }: NewFolder,
): Promise<void> {
  const staged = await folder.stageFolder(name, files);
  try {
    await changeRecorded(folder, clock, name, () => staged.commit(), record);
  } finally {
    await staged.discard();
  }
}

async function changeRecorded(
  folder: ConfinedFolder,
  clock: Clock,
  file: string,
  change: () => Promise<void>,
  entry: NewChangelogEntry | undefined,
): Promise<void> {
  if (entry === undefined) {
    await change();
    return;
  }
  const record = await stageEntry(folder, clock, entry);
  try {
    await change();
  } catch (error) {
    await record.staged.discard();
    throw error;
  }
  try {
    await record.staged.commit();
  } catch (error) {
    await record.staged.discard();
    throw notRecorded(file, error);
  }
}

/** The kinds whose single values may be changed or read; the changelog is append-only. */
async function editableKind(folder: ConfinedFolder, file: string): Promise<'inventory' | 'cluster'> {
  labPathParts(file);
  if (file === inventoryFile) return 'inventory';
  const { cluster, changelog } = await findClusterFiles(folder);
  if (file === cluster) return 'cluster';
  throw new Problem('INPUT_INVALID', {
    what:
      file === changelog
        ? `${file} is append-only; its entries are never changed.`
        : `${file} is not a file that Sifaka edits.`,
    state: 'Nothing was changed.',
    next: `Name ${[inventoryFile, ...(cluster === undefined ? [] : [cluster])].join(' or ')}, or change it in an editor.`,
    where: { file },
  });
}

const unwritten = 'Nothing was written; lines are those of the file with the change in it.';

async function refuseMistakes(
  folder: ConfinedFolder,
  kind: 'inventory' | 'cluster',
  file: string,
  before: Uint8Array,
  after: Uint8Array,
): Promise<void> {
  try {
    if (kind === 'cluster') {
      parseCluster(file, after);
      return;
    }
    const { document, value } = parseInventory(file, after);
    // A hook's file that was missing before may stay so: this change did not take it away.
    const known = new Set(
      (await missingHookFiles(folder, inventoryOf(file, before))).map(({ source }) => source),
    );
    const missing = (await missingHookFiles(folder, value)).filter(({ source }) => !known.has(source));
    if (missing.length > 0) {
      const mistakes = missing.map(({ path, reason }) => mistakeAt(document, path, reason));
      throw fileProblem(file, mistakes);
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new Problem(error.code, { ...error.data, state: unwritten }, { cause: error });
  }
}

/** The inventory as it was, if it was right. */
function inventoryOf(
  file: string,
  bytes: Uint8Array,
): ReturnType<typeof parseInventory>['value'] | undefined {
  try {
    return parseInventory(file, bytes).value;
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}

/** An edit of text that changes more than it should is a bug, and must not get to the disk. */
function expectOnlyThisChange(
  before: unknown,
  after: unknown,
  path: readonly string[],
  value: unknown,
): void {
  const parent = path.slice(0, -1);
  const expected = structuredClone(before);
  const container = valueAt(expected, parent);
  const last = path.at(-1) ?? '';
  if (Array.isArray(container)) container[last === '-' ? container.length : Number(last)] = value;
  else if (typeof container === 'object' && container !== null) {
    Object.defineProperty(container, last, { value, enumerable: true, writable: true, configurable: true });
  }
  if (!isDeepStrictEqual(expected, after)) {
    throw new Error(`setting one value would change others: ${readablePath(path)}`);
  }
}

function wholeFile(file: string): Problem {
  return new Problem('INPUT_INVALID', {
    what: `Only single values of ${onOneLine(file)} can be set, not the whole file.`,
    state: 'Nothing was changed.',
    next: 'Name the value by a JSON Pointer, as in /nodes/titan-13/class.',
  });
}

function changedMeanwhile(file: string): Problem {
  return new Problem('LAB_CHANGED_MEANWHILE', {
    what: `${file} was changed by someone else since it was read.`,
    state: 'Nothing was written; the file has their change.',
    next: 'Look at the file again, then make your change once more.',
    where: { file },
  });
}

function notRecorded(file: string, error: unknown): unknown {
  if (!(error instanceof Problem)) return error;
  return new Problem(
    error.code,
    {
      ...error.data,
      what: `${file} was changed, but the logbook could not be: ${error.data.what}`,
      state: `${file} has the change. The logbook has no entry for it, or no line in CHANGELOG.md yet.`,
    },
    { cause: error },
  );
}
