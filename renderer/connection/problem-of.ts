import { ORPCError } from '@orpc/client';
import { problemSchema, type ProblemRecord } from '../../shared/problem.ts';
import { HostUnreachable } from './host-link.ts';

/** What to tell the operator about a failed call. A bug has no words of its own; it gets honest ones here. */
export function problemOf(error: unknown): ProblemRecord {
  if (error instanceof ORPCError) {
    const parsed = problemSchema.safeParse({ ...asObject(error.data), code: error.code });
    if (parsed.success) return parsed.data;
  }
  if (error instanceof HostUnreachable || (error instanceof Error && error.name === 'AbortError')) {
    return {
      code: 'INTERNAL',
      what: 'The host did not answer.',
      state: 'Whether it received the call is not known. Jobs it started are listed under Jobs.',
      next: 'Wait until the connection is back, look at Jobs, then try again.',
    };
  }
  return {
    code: 'INTERNAL',
    what: 'The call failed for a reason Sifaka did not expect.',
    state: 'Nothing on this page has changed. Jobs that run go on.',
    next: 'Try again. If it fails again, look at what the host printed in its terminal and report it.',
  };
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
