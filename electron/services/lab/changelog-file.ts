import { changelogEntrySchema, type ChangelogEntry } from '../../../shared/schemas/changelog.ts';
import type { Problem } from '../../../shared/problem.ts';
import { type JsonDocument, parseJsonDocument } from './json-document.ts';
import { fileProblem, type Mistake, MistakesInFile } from './lab-document.ts';
import { refuseNewer } from './schema-version.ts';
import { mistakeAt, schemaMistakes } from './schema-mistakes.ts';

/** A changelog grows with every change and is never cut, so it may be larger than other lab files. */
export const changelogLimit = 64 * 1024 * 1024;

type RawEntry = Readonly<Record<string, unknown>>;

/** `cluster/<name>-changelog.json` as it is: a plain list of entries, or a map with `entries`. */
export interface Changelog {
  readonly entries: readonly RawEntry[];
  /** Ids of all entries that have one. */
  readonly ids: ReadonlySet<string>;
  /** Mistakes of single entries. They are older than Sifaka or made by another tool, and do not stop the logbook. */
  readonly mistakes: readonly Mistake[];
  /** Those that are right, in the order of the file. */
  readonly valid: readonly ChangelogEntry[];
  /** The file's text with one more entry; all else stays to the byte. */
  withEntry(entry: ChangelogEntry): string;
}

export const emptyChangelog: Changelog = {
  entries: [],
  ids: new Set(),
  mistakes: [],
  valid: [],
  withEntry: (entry) => `${JSON.stringify({ schema: 'sifaka.changelog/1', entries: [entry] }, null, 2)}\n`,
};

/** LOGBOOK_INVALID when it is not JSON or not a list of entries, LAB_SCHEMA_NEWER. */
export function parseChangelog(file: string, bytes: Uint8Array): Changelog {
  const document = parseDocument(file, bytes);
  const path = Array.isArray(document.value) ? [] : ['entries'];
  const found: unknown = path.length === 0 ? document.value : entriesOf(document.value);
  if (!Array.isArray(found)) {
    throw logbookInvalid(file, [mistakeAt(document, path, 'must be a list of entries')]);
  }
  const list: readonly unknown[] = found;
  const entries = list.filter(isMap);
  if (entries.length !== list.length) {
    const mistakes = list.flatMap((entry, index) =>
      isMap(entry)
        ? []
        : [mistakeAt(document, [...path, index], 'must be an entry: a map with id, timestamp and so on')],
    );
    throw logbookInvalid(file, mistakes);
  }
  const ids = new Set<string>();
  const mistakes: Mistake[] = [];
  const valid: ChangelogEntry[] = [];
  for (const [index, entry] of entries.entries()) {
    const place = [...path, index];
    const parsed = changelogEntrySchema.safeParse(entry);
    if (parsed.success) valid.push(parsed.data);
    else mistakes.push(...schemaMistakes(document, parsed.error.issues, place));
    const id = entry['id'];
    if (typeof id !== 'string') continue;
    if (ids.has(id)) mistakes.push(mistakeAt(document, [...place, 'id'], 'is the id of an earlier entry'));
    ids.add(id);
  }
  return { entries, ids, mistakes, valid, withEntry: (entry) => document.withValue([...path, '-'], entry) };
}

export function logbookInvalid(file: string, mistakes: readonly Mistake[], state?: string): Problem {
  return fileProblem(file, mistakes, {
    code: 'LOGBOOK_INVALID',
    state: state ?? 'Nothing was written; the file is as it was.',
    next: `Correct ${file} or restore it from git, then try again.`,
  });
}

function parseDocument(file: string, bytes: Uint8Array): JsonDocument {
  try {
    const document = parseJsonDocument(bytes);
    refuseNewer(file, document.value);
    return document;
  } catch (error) {
    if (error instanceof MistakesInFile) throw logbookInvalid(file, error.mistakes);
    throw error;
  }
}

function entriesOf(value: unknown): unknown {
  return isMap(value) ? value['entries'] : undefined;
}

function isMap(value: unknown): value is RawEntry {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
