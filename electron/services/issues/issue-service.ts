import type { Issue, IssueList, IssueSummary } from '../../../shared/contract/issues.ts';
import type { IssueSection } from '../../../shared/schemas/issue.ts';
import type { Clock } from '../clock.ts';
import type { LabFolder } from '../lab/lab-folder.ts';
import { closeIssue } from './close-issue.ts';
import type { Evidence, IssueText } from './issue-markdown.ts';
import { checkUnknown } from './issue-problems.ts';
import { openIssue } from './open-issue.ts';
import { listIssues, readIssue } from './read-issues.ts';

export interface NewIssue {
  readonly title: string;
  /** Those it is about; with a check, at least one. */
  readonly nodes: readonly string[];
  /** What must pass on all of them, after this, before it can be closed. */
  readonly check?: string | undefined;
  /** Text is never taken for markup, and cut where it is longer than an issue holds; `changelog` is added to. */
  readonly sections: Readonly<Partial<Record<Exclude<IssueSection, 'evidence'>, IssueText | undefined>>> & {
    readonly evidence?: readonly Evidence[] | undefined;
  };
  /** For the logbook. */
  readonly reason?: string | undefined;
}

/** How a domain proves that what an issue is about is mended. */
export interface IssueCheck {
  /** What an operator runs to have it pass, in full. */
  readonly command: string;
  /** When it passed on all these nodes, if it did so after `since`; both in RFC 3339. */
  proofOf(nodes: readonly string[], since: string): Promise<IssueProof | undefined>;
}

export interface IssueProof {
  readonly passedAt: string;
  /** What passed, in a sentence. */
  readonly evidence?: string;
}

/** By the name that issues have for it. */
export type IssueChecks = Readonly<Record<string, IssueCheck>>;

/** The issues of the lab: files that people and git can read, numbered in each year, closed only with a proof or a note. */
export interface IssueService {
  /** The lab's TEMPLATE with every heading filled. INPUT_INVALID, ISSUE_NUMBERS_USED_UP, LAB_FILE_INVALID of the TEMPLATE. */
  open(issue: NewIssue): Promise<{ id: string; file: string }>;
  /** Newest first. A file that is not as it should be is in it, with its problem. */
  list(): Promise<IssueList>;
  /** What of it can be read, with its problem if there is one. ISSUE_UNKNOWN. */
  read(id: string): Promise<Issue>;
  /** ISSUE_UNKNOWN, ISSUE_CLOSED, ISSUE_NOT_PROVEN; INPUT_INVALID without a note when it has no check. */
  close(id: string, closing: { note: string }): Promise<IssueSummary>;
}

export function createIssueService(parts: {
  lab: LabFolder;
  clock: Clock;
  checks: IssueChecks;
}): IssueService {
  const { lab, clock, checks } = parts;
  const checkOf = (name: string): IssueCheck => {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check === undefined) throw checkUnknown(name, Object.keys(checks));
    return check;
  };
  return {
    async open(issue) {
      const check = issue.check === undefined ? undefined : checkOf(issue.check);
      return openIssue(lab, clock, issue, check?.command);
    },
    list: () => listIssues(lab),
    read: (id) => readIssue(lab, id),
    async close(id, { note }) {
      await closeIssue(lab, clock, checkOf, { id, note });
      const { text: _text, ...summary } = await readIssue(lab, id);
      return summary;
    },
  };
}
