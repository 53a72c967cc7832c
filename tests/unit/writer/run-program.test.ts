import { describe, expect, test } from 'vitest';
import { runProgram } from '../../../electron/writer/run-program.ts';

describe.skipIf(process.platform === 'win32')('a program of the system', () => {
  test('is gone, and not only given up, when it was stopped', async () => {
    const stop = new AbortController();
    const running = runProgram('sleep', ['600'], { signal: stop.signal });
    stop.abort();
    // Killed by a signal, which only its end can tell.
    expect(await running).toEqual({ code: 1, words: '' });
  });

  test('says how it ended, and its first words', async () => {
    expect(await runProgram('sh', ['-c', 'echo "one  two" >&2; exit 3'])).toEqual({
      code: 3,
      words: 'one two',
    });
  });

  test('that is not there is said to be so', async () => {
    expect(await runProgram('sifaka-no-such-program', [])).toMatchObject({
      code: 127,
      words: expect.stringContaining('not installed'),
    });
  });
});
