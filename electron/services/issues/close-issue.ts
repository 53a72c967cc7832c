import { randomUUID } from 'node:crypto';
import { markdownBlocks } from '../../../shared/markdown-blocks.ts';
import { asProblem } from '../../../shared/problem.ts';
import type { Clock } from '../clock.ts';
import type { LabFolder, LabReader } from '../lab/lab-folder.ts';
import { lineEndOf, MistakesInFile } from '../lab/lab-document.ts';
import { withFileProblem, withFrontMatter } from './front-matter.ts';
import { issueFile, issueLimit, type ParsedIssue, parseIssue, refuseUnclosed } from './issue-file.ts';
import { issueText } from './issue-markdown.ts';
import {
  changedMeanwhile,
  issueClosed,
  issueNotProven,
  issueUnknown,
  noteMissing,
} from './issue-problems.ts';
import type { IssueCheck, IssueProof } from './issue-service.ts';

/**
 * Adds at the end what closed it, and says so at the top; all else in the file stays. The proof is asked for without the
 * lab's lock, which whoever gives it may need; so the issue is compared once more under it.
 */
export async function closeIssue(
  lab: LabFolder,
  clock: Clock,
  checkOf: (name: string) => IssueCheck,
  { id, note }: { id: string; note: string },
): Promise<void> {
  const issue = await readOpen(lab, id);
  const proof = await proofOf(issue, checkOf);
  if (proof === undefined && note.trim() === '') throw noteMissing(id);
  await lab.changeFile(async (reader) => {
    const now = await readOpen(reader, id);
    if (now.frontMatter !== issue.frontMatter) throw changedMeanwhile(id);
    const closed = clock.now().toISOString();
    const entryId = randomUUID();
    const words = proof === undefined ? [] : [proofWords(issue, proof)];
    return {
      file: issueFile(id),
      bytes: withFileProblem(issueFile(id), () =>
        closedIssue(now, closed, [
          ...(note.trim() === '' ? [] : [issueText(note)]),
          ...(words.length === 0 ? [] : [issueText(words)]),
          `- ${closed} closed: \`${entryId}\``,
        ]),
      ),
      record: {
        id: entryId,
        timestamp: closed,
        project: 'issues',
        summary: `Closed ${id}: ${issue.about.title}`,
        reason: note,
        details: words,
        affectedResources: [issueFile(id), ...issue.about.nodes],
        issue: id,
      },
    };
  });
}

async function readOpen(lab: LabReader, id: string): Promise<ParsedIssue> {
  const file = issueFile(id);
  try {
    const bytes = await lab.readBytes(file, issueLimit);
    const issue = withFileProblem(file, () => parseIssue(id, bytes));
    if (issue.about.status === 'closed') throw issueClosed(id, issue.about.closed);
    return issue;
  } catch (error) {
    if (asProblem(error)?.code === 'LAB_FILE_MISSING') throw issueUnknown(id);
    throw error;
  }
}

/** ISSUE_NOT_PROVEN; nothing for an issue without a check. */
async function proofOf(
  { about }: ParsedIssue,
  checkOf: (name: string) => IssueCheck,
): Promise<IssueProof | undefined> {
  const { id, check: name, nodes, opened: since } = about;
  if (name === undefined || name === null) return undefined;
  const check = checkOf(name);
  const proof = await check.proofOf(nodes, since);
  // A proof from before is none, whoever gives it.
  if (proof !== undefined && Date.parse(proof.passedAt) > Date.parse(since)) return proof;
  throw issueNotProven(id, { check: name, nodes, since, command: check.command });
}

function proofWords({ about }: ParsedIssue, { passedAt, evidence }: IssueProof): string {
  const passed = `The ${about.check ?? ''} check passed at ${passedAt} on ${about.nodes.join(', ')}.`;
  return evidence === undefined ? passed : `${passed} ${evidence}`;
}

/** Throws MistakesInFile when the end of the file is within code or a comment, where nothing can be added. */
function closedIssue(issue: ParsedIssue, closed: string, parts: readonly string[]): Buffer {
  const { about, body } = issue;
  const blocks = markdownBlocks(body);
  refuseUnclosed(blocks, issue.linesBefore);
  const levels = blocks.flatMap((block) => (block.kind === 'heading' ? [block.level] : []));
  const heading = `${'#'.repeat(levels[1] ?? 2)} Closed`;
  const frontMatter = withFrontMatter(issueFile(about.id), issue.frontMatter, { status: 'closed', closed });
  const end = lineEndOf(body);
  const added = [heading, ...parts].join('\n\n').replaceAll('\n', end);
  const bytes = Buffer.from(`---${end}${frontMatter}---${end}${body.trimEnd()}${end}${end}${added}${end}`);
  if (bytes.length > issueLimit) {
    throw new MistakesInFile([{ message: `would be larger than ${issueLimit} bytes with what closes it` }]);
  }
  return bytes;
}
