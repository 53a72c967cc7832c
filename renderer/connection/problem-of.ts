import { t } from '@lingui/core/macro';
import { ORPCError } from '@orpc/client';
import { problemSchema, type ProblemRecord } from '../../shared/problem.ts';
import { HostUnreachable } from './host-link.ts';

/** A problem as a page shows it. */
export interface ShownProblem extends ProblemRecord {
  /** Its words are the page's own, in the page's language; those of the host are English. */
  readonly saidByPage?: true;
}

/** What to tell the operator about a failed call. A bug has no words of its own; it gets honest ones here. */
export function problemOf(error: unknown): ShownProblem {
  if (error instanceof ORPCError) {
    const parsed = problemSchema.safeParse({ ...asObject(error.data), code: error.code });
    if (parsed.success) return parsed.data;
  }
  if (error instanceof HostUnreachable || (error instanceof Error && error.name === 'AbortError')) {
    return {
      code: 'INTERNAL',
      what: t`The host did not answer.`,
      state: t`Whether it received the call is not known. Jobs it started are listed under Jobs.`,
      next: t`Wait until the connection is back, look at Jobs, then try again.`,
      saidByPage: true,
    };
  }
  return {
    code: 'INTERNAL',
    what: t`The call failed for a reason Sifaka did not expect.`,
    state: t`Nothing on this page has changed. Jobs that run go on.`,
    next: t`Try again. If it fails again, look at what the host printed in its terminal and report it.`,
    saidByPage: true,
  };
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
