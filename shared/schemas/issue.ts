import { z } from 'zod';
import { hostLabelSchema, timestampSchema } from './names.ts';

/** The number of an issue of the lab, which is also its file's name: `issues/ISSUE-2026-001.md`. */
export const issueIdSchema = z
  .string()
  .regex(/^ISSUE-\d{4}-\d{3}$/, 'must be an issue number, as in ISSUE-2026-001');

/** What can prove that an issue is mended, by the name of the domain that can look. */
export const issueCheckSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be the name of a check, as in bridge');

/** What an issue tells, in the order of the built-in template. */
export const issueSections = [
  'summary',
  'environment',
  'steps',
  'expected',
  'actual',
  'evidence',
  'investigation',
  'solution',
  'related',
  'changelog',
] as const;
export type IssueSection = (typeof issueSections)[number];

export const longestIssueTitle = 200;
export const mostIssueNodes = 256;

/**
 * What stands between the two `---` at the beginning of an issue's file, as YAML. Other keys belong to the lab and are kept.
 */
export const issueFrontMatterSchema = z
  .looseObject({
    schema: z.literal('sifaka.issue/1').optional(),
    id: issueIdSchema,
    title: z.string().min(1).max(longestIssueTitle),
    status: z.enum(['open', 'closed']),
    opened: timestampSchema,
    closed: timestampSchema.nullish(),
    /** Those it is about. */
    nodes: z.array(hostLabelSchema).max(mostIssueNodes).default([]),
    /** The check that must pass on all of them before it can be closed. */
    check: issueCheckSchema.nullish(),
  })
  .refine(({ check, nodes }) => check === undefined || check === null || nodes.length > 0, {
    path: ['nodes'],
    message: 'must name the nodes that the check has to pass on',
  });
export type IssueFrontMatter = z.infer<typeof issueFrontMatterSchema>;
