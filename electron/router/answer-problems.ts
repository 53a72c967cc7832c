import { randomBytes } from 'node:crypto';
import { ORPCError, ValidationError } from '@orpc/server';
import { asProblem, Problem, type ProblemCode } from '../../shared/problem.ts';
import type { Log } from '../services/log.ts';
import { printable, redact } from '../services/redact.ts';

export interface FailedCall {
  readonly method: string;
  readonly input: unknown;
  /** The codes the method declares. */
  readonly declared: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal | undefined;
}

/**
 * What a caller is told about anything that was thrown: a problem the method declares as it is, unparsed input as
 * INPUT_INVALID, a cancelled call as CANCELLED, and all else as INTERNAL with a reference under which the log has it.
 */
export function answerFor(error: unknown, call: FailedCall, log: Log): Error {
  const problem = asProblem(error);
  if (problem && Object.hasOwn(call.declared, problem.code)) return typed(problem);
  if (isInvalidInput(error)) return typed(invalidInput(error.cause.issues));
  if (call.signal?.aborted && isAbort(error, call.signal)) {
    // A method that is over at once does not declare CANCELLED; who aborted it knows.
    if (!Object.hasOwn(call.declared, 'CANCELLED')) return asError(call.signal.reason);
    return typed(
      new Problem('CANCELLED', {
        what: 'The call was cancelled.',
        state: 'What was started as a job goes on.',
        next: 'Ask again when you are ready.',
      }),
    );
  }
  const reference = randomBytes(4).toString('hex');
  log.line(redact(`[${reference}] ${call.method}: ${inWords(error)}`, call.input));
  return typed(
    new Problem('INTERNAL', {
      what: `Sifaka failed in a way it did not expect (reference ${reference}).`,
      state: 'What the call had changed before that is not known.',
      next: `Look at the Jobs page and the logbook, then report reference ${reference} with what \`sifaka diagnostics\` prints or the Log page copies.`,
    }),
  );
}

/** A declared error of the contract. */
export function typed(problem: Problem): ORPCError<ProblemCode, Problem['data']> {
  return new ORPCError(problem.code, { defined: true, message: problem.data.what, data: problem.data });
}

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Names the fields, never their values. */
export function invalidInput(issues: readonly Issue[]): Problem {
  const findings = issues.slice(0, 20).map((issue) => {
    const path = (issue.path ?? [])
      .map((part) => String(typeof part === 'object' ? part.key : part))
      .join('.')
      .slice(0, 200);
    return printable(`${path === '' ? 'the input' : path}: ${issue.message.slice(0, 300)}`);
  });
  return new Problem('INPUT_INVALID', {
    what: `The input is not valid: ${findings[0] ?? 'it could not be read'}.`,
    state: 'Nothing was started.',
    next: 'Correct the named field and try again.',
    ...(findings.length > 1 ? { more: findings.slice(1) } : {}),
  });
}

function isInvalidInput(error: unknown): error is Error & { cause: ValidationError } {
  return error instanceof ORPCError && error.code === 'BAD_REQUEST' && error.cause instanceof ValidationError;
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError');
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new DOMException('The call was cancelled.', 'AbortError');
}

function inWords(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${typeof error}`;
  const lines = [error.stack ?? `${error.name}: ${error.message}`];
  if (error.cause instanceof ValidationError) {
    for (const issue of error.cause.issues) lines.push(`  ${JSON.stringify(issue.path)}: ${issue.message}`);
  } else if (error.cause instanceof Error) {
    lines.push(`caused by ${error.cause.stack ?? error.cause.message}`);
  }
  return lines.join('\n');
}
