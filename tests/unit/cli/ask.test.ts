import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { ask } from '../../../electron/cli/ask.ts';
import type { CommandContext } from '../../../electron/cli/command-context.ts';

/** A terminal's two ends, as far as a question needs them. */
function terminal(interrupt = new AbortController().signal) {
  const errors = new PassThrough();
  const input = new PassThrough();
  const output = { errors, statusLine() {} };
  const parts = { input, output, interrupts: { signal: interrupt } };
  return { input, errors, context: parts as unknown as CommandContext };
}

it.each(['the page', 'the program'])('nothing is asked when %s is gone already', async (who) => {
  const gone = AbortSignal.abort();
  const { context, errors } = terminal(who === 'the program' ? gone : undefined);
  const answer = ask(context, 'Erase it? ', who === 'the page' ? gone : undefined);
  await expect(answer).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(errors.read()).toBeNull();
});

it('a question is taken back when who asked it goes', async () => {
  const { context, errors } = terminal();
  const page = new AbortController();
  const answer = ask(context, 'Erase it? ', page.signal);
  expect(String(errors.read())).toContain('Erase it? ');
  page.abort();
  await expect(answer).rejects.toMatchObject({ code: 'CANCELLED' });
});

it('an answer is the line that was typed', async () => {
  const { context, input } = terminal();
  const answer = ask(context, 'Erase it? ', new AbortController().signal);
  input.write('titan-13\r');
  expect(await answer).toBe('titan-13');
});
