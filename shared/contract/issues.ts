import { z } from 'zod';
import { issueProblems, labProblems, problemSchema } from '../problem.ts';
import { issueCheckSchema, issueIdSchema, longestIssueTitle, mostIssueNodes } from '../schemas/issue.ts';
import { hostLabelSchema } from '../schemas/names.ts';
import { operator, problems, viewer } from './base.ts';

const codes = { ...labProblems, ...issueProblems };

const issueSummarySchema = z.object({
  /** Missing when the file is not named as issues are. */
  id: issueIdSchema.optional(),
  file: z.string(),
  title: z.string(),
  /** unknown: the file does not say; `problem` says what is wrong with it. */
  state: z.enum(['open', 'closed', 'unknown']),
  opened: z.string().optional(),
  closed: z.string().optional(),
  nodes: z.array(z.string()),
  /** What must pass on all its nodes, after it was opened, before it can be closed. */
  check: z.string().optional(),
  problem: problemSchema.optional(),
});
export type IssueSummary = z.infer<typeof issueSummarySchema>;

const issueListSchema = z.object({
  issues: z.array(issueSummarySchema),
  /** How many older files were not looked at. */
  unread: z.int().nonnegative(),
});
export type IssueList = z.infer<typeof issueListSchema>;

/**
 * `text` is the file without the keys above it, if those are right: Markdown that holds what nodes and people wrote, shown
 * as text and never as markup.
 */
const issueSchema = issueSummarySchema.extend({ text: z.string() });
export type Issue = z.infer<typeof issueSchema>;

const wordsSchema = z.string().max(8192);

export const issuesContract = {
  /** Newest first. */
  list: viewer.errors(problems(codes)).output(issueListSchema),
  /** For operators: its evidence is what nodes say of themselves, and redaction knows only what a secret looks like. */
  read: operator
    .errors(problems(codes))
    .input(z.strictObject({ id: issueIdSchema }))
    .output(issueSchema),
  open: operator
    .errors(problems(codes))
    .input(
      z.strictObject({
        title: z.string().min(1).max(longestIssueTitle),
        nodes: z.array(hostLabelSchema).max(mostIssueNodes).default([]),
        check: issueCheckSchema.optional(),
        sections: z
          .strictObject({
            summary: wordsSchema.optional(),
            environment: wordsSchema.optional(),
            steps: wordsSchema.optional(),
            expected: wordsSchema.optional(),
            actual: wordsSchema.optional(),
            investigation: wordsSchema.optional(),
            solution: wordsSchema.optional(),
            related: wordsSchema.optional(),
            evidence: z
              .array(z.strictObject({ title: z.string().max(200), text: z.string().max(65_536) }))
              .max(16)
              .optional(),
          })
          .default({}),
        reason: z.string().max(2000).optional(),
      }),
    )
    .output(z.object({ id: issueIdSchema, file: z.string() })),
  /** With a check, only when it passed on all nodes after the issue was opened; without one, with a note. */
  close: operator
    .errors(problems(codes))
    .input(z.strictObject({ id: issueIdSchema, note: z.string().max(2000).default('') }))
    .output(issueSummarySchema),
};
