import type { Issue, IssueList, IssueSummary } from '../../../shared/contract/issues.ts';
import { asProblem, type Problem } from '../../../shared/problem.ts';
import { longestIssueTitle } from '../../../shared/schemas/issue.ts';
import type { LabReader } from '../lab/lab-folder.ts';
import { decodeText, fileProblem } from '../lab/lab-document.ts';
import { onOneLine } from '../lab/plain-text.ts';
import { withFileProblem } from './front-matter.ts';
import { issueLimit, issuesFolder, parseIssue, titleOf } from './issue-file.ts';
import { issueUnknown } from './issue-problems.ts';

/** What a lab may have of them before the oldest are no longer read; years of a lab that breaks every day. */
const mostRead = 2000;

const issueName = /^(ISSUE-\d{4}-\d{3})\.md$/;
/** What somebody meant to be an issue; `ISSUE_TEMPLATE.md` is none, as GitHub has it. */
const likeAnIssue = /^issue(?!.*template).*\.md$/i;

export async function listIssues(lab: LabReader): Promise<IssueList> {
  const names = (await lab.listFiles(issuesFolder)).filter((name) => likeAnIssue.test(name));
  const newestFirst = names.toReversed();
  const issues: IssueSummary[] = [];
  for (const name of newestFirst.slice(0, mostRead)) {
    const { text: _text, ...summary } = await readFile(lab, name);
    issues.push(summary);
  }
  return { issues, unread: Math.max(0, names.length - mostRead) };
}

export async function readIssue(lab: LabReader, id: string): Promise<Issue> {
  const { problem, text, ...about } = await readFile(lab, `${id}.md`);
  if (problem?.code === 'LAB_FILE_MISSING') throw issueUnknown(id);
  return { ...about, text: text ?? '', ...(problem ? { problem } : {}) };
}

async function readFile(lab: LabReader, name: string): Promise<IssueSummary & { text?: string }> {
  const file = `${issuesFolder}/${name}`;
  const [, id] = issueName.exec(name) ?? [];
  let text: string | undefined;
  try {
    const bytes = await lab.readBytes(file, issueLimit);
    text = withFileProblem(file, () => decodeText(bytes));
    if (id === undefined) throw wrongName(file);
    const { about, body } = withFileProblem(file, () => parseIssue(id, bytes));
    const { title, status, opened, closed, nodes, check } = about;
    return {
      id,
      file,
      title,
      state: status,
      opened,
      nodes,
      ...(closed ? { closed } : {}),
      ...(check ? { check } : {}),
      text: body,
    };
  } catch (error) {
    const problem = asProblem(error);
    if (!problem) throw error;
    return { ...unknownState(file, text, problem), ...(id === undefined ? {} : { id }) };
  }
}

/** What is not as it should be is still somebody's issue, and shown with what can be read of it. */
function unknownState(
  file: string,
  text: string | undefined,
  problem: Problem,
): IssueSummary & { text?: string } {
  const title = text === undefined ? undefined : titleOf(text);
  return {
    file,
    title: onOneLine(title ?? file, longestIssueTitle),
    state: 'unknown',
    nodes: [],
    problem: problem.toRecord(),
    ...(text === undefined ? {} : { text }),
  };
}

function wrongName(file: string): Problem {
  const mistake = { message: 'is not named as issues are, as in ISSUE-2026-001.md' };
  return fileProblem(file, [mistake], {
    next: 'Rename it if it is one, and say its id, title, status and opened at its top.',
  });
}
