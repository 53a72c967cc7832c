import { ORPCError } from '@orpc/client';
import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { exitCodeOf, problemBehind, usageProblem } from '../../../electron/cli/failure.ts';
import { Problem } from '../../../shared/problem.ts';

const data = { what: 'It is in use.', state: 'Nothing was written.', next: 'Wait.' };

describe('the problem behind what was thrown', () => {
  it('is the problem itself, or the one a call carried', () => {
    const problem = new Problem('TARGET_IN_USE', data);
    expect(problemBehind(problem, true)).toBe(problem);
    const carried = problemBehind(new ORPCError('TARGET_IN_USE', { defined: true, data }), false);
    expect(carried.toRecord()).toEqual({ code: 'TARGET_IN_USE', ...data });
    expect(exitCodeOf(carried)).toBe(4);
  });

  it('is CANCELLED when a call broke off because of Ctrl-C', () => {
    const aborted = new DOMException('aborted', 'AbortError');
    expect(exitCodeOf(problemBehind(aborted, true))).toBe(130);
    expect(exitCodeOf(problemBehind(aborted, false))).toBe(1);
  });

  it('is INTERNAL for a fault of ours, and says nothing of its stack', () => {
    for (const fault of [
      new TypeError('secret at /x.ts:1'),
      'text',
      undefined,
      new ORPCError('NOT_A_CODE', { data }),
    ]) {
      const problem = problemBehind(fault, false);
      expect(problem.code).toBe('INTERNAL');
      expect(JSON.stringify(problem.toRecord())).not.toMatch(/secret|\.ts/);
    }
  });

  it('is bad input for wrong use of the command line', () => {
    const problem = usageProblem(
      new CommanderError(1, 'commander.unknownOption', "error: unknown option '--x'"),
    );
    expect(problem.toRecord()).toMatchObject({ code: 'INPUT_INVALID', what: "Unknown option '--x'." });
    expect(exitCodeOf(problem)).toBe(2);
  });
});
