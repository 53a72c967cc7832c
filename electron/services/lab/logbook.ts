import { randomUUID } from 'node:crypto';
import { Problem } from '../../../shared/problem.ts';
import { changelogEntrySchema, type ChangelogEntry } from '../../../shared/schemas/changelog.ts';
import type { Clock } from '../clock.ts';
import {
  type Changelog,
  changelogLimit,
  emptyChangelog,
  logbookInvalid,
  parseChangelog,
} from './changelog-file.ts';
import { idsInMarkdown, markdownId, withMarkdownLines } from './changelog-markdown.ts';
import { findClusterFiles } from './cluster-files.ts';
import type { ConfinedFolder } from './confined-folder.ts';
import { decodeText, MistakesInFile } from './lab-document.ts';
import type { NewChangelogEntry } from './lab-folder.ts';
import { onOneLine } from './plain-text.ts';
import type { StagedFile } from './staged-file.ts';

export const markdownChangelogFile = 'CHANGELOG.md';

/**
 * An entry that is safe on disk beside both files of the logbook. `commit` puts the JSON file under its name first:
 * it is the record. A line that `CHANGELOG.md` lacks because a process was killed in between is added by the next
 * append.
 */
export interface StagedEntry {
  readonly entry: ChangelogEntry;
  readonly staged: StagedFile;
}

/** Only under the lab's lock. Nothing is visible before `commit`. LOGBOOK_INVALID, LOGBOOK_DUPLICATE. */
export async function stageEntry(
  folder: ConfinedFolder,
  clock: Clock,
  fresh: NewChangelogEntry,
): Promise<StagedEntry> {
  const entry = completeEntry(clock, fresh);
  const { file, changelog } = await readChangelog(folder);
  const markdown = await readMarkdown(folder);
  const written = idsInMarkdown(markdown ?? '');
  if (changelog.ids.has(entry.id) || written.has(markdownId(entry.id))) throw duplicate(file, entry.id);
  const lines = [...missingLines(changelog, written), entry];
  const record = await folder.stage(file, Buffer.from(changelog.withEntry(entry)));
  try {
    const readable = await folder.stage(
      markdownChangelogFile,
      Buffer.from(withMarkdownLines(markdown, lines)),
    );
    return { entry, staged: inOrder([record, readable]) };
  } catch (error) {
    await record.discard();
    throw error;
  }
}

/** Several files, put under their names one after the other. */
export function inOrder(files: readonly StagedFile[]): StagedFile {
  return {
    commit: async () => {
      for (const file of files) await file.commit();
    },
    discard: async () => {
      for (const file of files) await file.discard();
    },
  };
}

/** Newest first; entries that are not right are left out (`check` names them). */
export async function readLogbook(folder: ConfinedFolder, limit: number): Promise<ChangelogEntry[]> {
  const { changelog } = await readChangelog(folder);
  return changelog.valid
    .toReversed()
    .toSorted((a, b) => Date.parse(b.timestamp) - Date.parse(a.timestamp))
    .slice(0, limit);
}

export async function readChangelog(
  folder: ConfinedFolder,
): Promise<{ file: string; exists: boolean; changelog: Changelog }> {
  const { changelog: file, changelogExists: exists } = await findClusterFiles(folder);
  const changelog = exists
    ? parseChangelog(file, await folder.readBytes(file, changelogLimit))
    : emptyChangelog;
  return { file, exists, changelog };
}

/** `undefined` when there is no file. */
export async function readMarkdown(folder: ConfinedFolder): Promise<string | undefined> {
  if (!(await folder.exists(markdownChangelogFile))) return undefined;
  try {
    return decodeText(await folder.readBytes(markdownChangelogFile, changelogLimit));
  } catch (error) {
    if (error instanceof MistakesInFile) throw logbookInvalid(markdownChangelogFile, error.mistakes);
    throw error;
  }
}

/**
 * Entries of the record that `CHANGELOG.md` should have and has not: those after the last one it has. When it has
 * none, only the last one can be of an append that was cut off, since every append repairs what it finds; older ones
 * are from before Sifaka wrote that file.
 */
export function missingLines(changelog: Changelog, written: ReadonlySet<string>): Changelog['entries'] {
  const withId = changelog.entries.filter((entry) => typeof entry['id'] === 'string');
  const last = withId.findLastIndex((entry) => written.has(markdownId(String(entry['id']))));
  return last === -1 ? withId.slice(-1) : withId.slice(last + 1);
}

/** All texts on one line and no longer than the schema allows: a long reason must not stop what it explains. */
function completeEntry(clock: Clock, { project, summary, ...fresh }: NewChangelogEntry): ChangelogEntry {
  const parsed = changelogEntrySchema.safeParse({
    id: fresh.id ?? randomUUID(),
    timestamp: fresh.timestamp ?? clock.now().toISOString(),
    project: onOneLine(project, 63),
    summary: onOneLine(summary, 500),
    reason: onOneLine(fresh.reason ?? '', 2000),
    details: (fresh.details ?? []).map((detail) => onOneLine(detail, 2000)),
    affectedResources: (fresh.affectedResources ?? []).map((resource) => onOneLine(resource, 500)),
    issue: fresh.issue ?? null,
  });
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ');
  throw new Problem('INPUT_INVALID', {
    what: `A logbook entry cannot be written: its ${wrong} is not as the changelog's schema asks.`,
    state: 'Nothing was written.',
    next: 'Give every entry a project, a summary and, if it has an issue, its number as in ISSUE-2026-001.',
  });
}

function duplicate(file: string, id: string): Problem {
  return new Problem('LOGBOOK_DUPLICATE', {
    what: `The logbook already has an entry ${onOneLine(id, 128)}.`,
    state: 'Nothing was written; the logbook is as it was.',
    next: 'Give the entry an id of its own; if it is the same change, it is already recorded.',
    where: { file },
  });
}
