import { z } from 'zod';
import { issueIdSchema } from './issue.ts';
import { timestampSchema } from './names.ts';

/** One entry of `cluster/<name>-changelog.json`: a change any domain made, or a check that passed. Append-only. */
export const changelogEntrySchema = z.looseObject({
  /** UUID; the same id twice is refused. */
  id: z.string().min(1).max(128),
  timestamp: timestampSchema,
  project: z.string().min(1).max(63),
  summary: z.string().min(1).max(500),
  reason: z.string().max(2000).default(''),
  details: z.array(z.string().max(2000)).default([]),
  affectedResources: z.array(z.string().max(500)).default([]),
  /** `ISSUE-YYYY-NNN`, when there is one. */
  issue: issueIdSchema.nullable().default(null),
});
export type ChangelogEntry = z.infer<typeof changelogEntrySchema>;

export const changelogFileSchema = z.looseObject({
  schema: z.literal('sifaka.changelog/1').optional(),
  entries: z.array(changelogEntrySchema),
});

/** What a lab may have: Sifaka makes the map; older tools wrote a plain list of entries, which stays one. */
export const foundChangelogSchema = z.union([changelogFileSchema, z.array(changelogEntrySchema)]);
