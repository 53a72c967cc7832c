import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type IssueSection, issueSections } from '../../../shared/schemas/issue.ts';
import { asProblem, Problem } from '../../../shared/problem.ts';
import type { Clock } from '../clock.ts';
import type { LabFolder, LabReader } from '../lab/lab-folder.ts';
import { withFileProblem } from './front-matter.ts';
import { issueFile, issueLimit, issuesFolder, parseIssue, templateFile } from './issue-file.ts';
import { evidenceText, issueText, issueTitle, type IssueText } from './issue-markdown.ts';
import { nodesMissing, numbersUsedUp } from './issue-problems.ts';
import type { NewIssue } from './issue-service.ts';
import {
  builtInTemplate,
  fillTemplate,
  type IssueTemplate,
  parseTemplate,
  templateLimit,
} from './issue-template.ts';

/** Numbers it, fills the TEMPLATE and writes both file and logbook, all under the lab's lock. `command` runs its check. */
export async function openIssue(
  lab: LabFolder,
  clock: Clock,
  issue: NewIssue,
  command: string | undefined,
): Promise<{ id: string; file: string }> {
  const title = issueTitle(issue.title);
  const nodes = [...new Set(issue.nodes)];
  const { check } = issue;
  if (title === '') throw titleMissing();
  if (check !== undefined && nodes.length === 0) throw nodesMissing(check);
  let id = '';
  await lab.changeFile(async (reader) => {
    const opened = clock.now().toISOString();
    id = await nextId(reader, opened.slice(0, 4));
    const template = await templateOf(reader);
    const entryId = randomUUID();
    const about = {
      schema: 'sifaka.issue/1' as const,
      id,
      title,
      status: 'open' as const,
      opened,
      closed: null,
      nodes,
      check: check ?? null,
    };
    const changelog = `- ${opened} opened: \`${entryId}\``;
    const bytes = Buffer.from(
      fillTemplate(template, about, textsOf({ ...issue, nodes }, { command, changelog })),
    );
    expectThisIssue(id, bytes, about);
    return {
      file: issueFile(id),
      bytes,
      mustNotExist: true,
      record: {
        id: entryId,
        timestamp: opened,
        project: 'issues',
        summary: `Opened ${id}: ${title}`,
        reason: issue.reason ?? '',
        details: check === undefined ? [] : [`It is closed by a ${check} check that passes on its nodes.`],
        affectedResources: [issueFile(id), ...nodes],
        issue: id,
      },
    };
  });
  return { id, file: issueFile(id) };
}

/** One more than any that a file or the logbook has: a number whose file is gone stays that issue's. */
async function nextId(lab: LabReader, year: string): Promise<string> {
  const names = await lab.listFiles(issuesFolder);
  const entries = await lab.logbook(Number.MAX_SAFE_INTEGER);
  const numbers = [...names, ...entries.map(({ issue }) => issue ?? '')].flatMap((name) => {
    const found = new RegExp(`^ISSUE-${year}-(\\d{3})(?!\\d)`, 'i').exec(name);
    return found ? [Number(found[1])] : [];
  });
  const number = Math.max(0, ...numbers) + 1;
  if (number > 999) throw numbersUsedUp(year);
  return `ISSUE-${year}-${String(number).padStart(3, '0')}`;
}

async function templateOf(lab: LabReader): Promise<IssueTemplate> {
  try {
    const bytes = await lab.readBytes(templateFile, templateLimit);
    return withFileProblem(templateFile, () => parseTemplate(bytes));
  } catch (error) {
    if (asProblem(error)?.code === 'LAB_FILE_MISSING') return builtInTemplate;
    throw error;
  }
}

/** As Markdown. What nobody said and is known anyway is said here. */
function textsOf(
  { sections, nodes }: NewIssue,
  { command, changelog }: { command: string | undefined; changelog: string },
): Partial<Record<IssueSection, string>> {
  const known: Partial<Record<IssueSection, IssueText>> = {
    environment: nodes.length === 0 ? '' : `Nodes: ${nodes.join(', ')}`,
    steps: command === undefined ? '' : [command],
    related: 'None is known.',
  };
  const texts = issueSections.map((section) => {
    if (section === 'evidence') return [section, evidenceText(sections.evidence ?? [])] as const;
    const text = issueText(sections[section] ?? '') || issueText(known[section] ?? '');
    return [
      section,
      section === 'changelog' ? [text, changelog].filter(Boolean).join('\n\n') : text,
    ] as const;
  });
  return Object.fromEntries(texts);
}

/** What does not read back as what was meant is a bug, and must not get to the disk. */
function expectThisIssue(id: string, bytes: Uint8Array, about: object): void {
  const found: Readonly<Record<string, unknown>> = parseIssue(id, bytes).about;
  for (const [key, value] of Object.entries(about)) {
    if (!isDeepStrictEqual(found[key], value)) throw new Error(`an issue would have another ${key}`);
  }
  if (bytes.length > issueLimit) throw new Error('an issue would be larger than can be read');
}

function titleMissing(): Problem {
  return new Problem('INPUT_INVALID', {
    what: 'An issue needs a title.',
    state: 'No issue was opened.',
    next: 'Say in a few words what is wrong.',
  });
}
