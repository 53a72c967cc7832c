import { t } from '@lingui/core/macro';
import { plainNameSchema } from '../../../shared/schemas/names.ts';

/** The schema's words, which are also the command line's, in the page's language. */
const complaints = (): Readonly<Record<string, string>> => ({
  'use lower-case letters, digits, dot, hyphen and underscore, 63 at most': t`use lower-case letters, digits, dot, hyphen and underscore, 63 at most`,
  'may not end with a dot': t`may not end with a dot`,
  'is reserved on Windows': t`is reserved on Windows`,
});

/** What is wrong with a name that becomes one file name; `undefined` when nothing is. */
export function nameComplaint(name: string): string | undefined {
  const message = plainNameSchema.safeParse(name).error?.issues[0]?.message;
  return message === undefined ? undefined : (complaints()[message] ?? message);
}
