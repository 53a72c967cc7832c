import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import { cancelled } from '../../shared/problem.ts';
import type { CommandContext } from './command-context.ts';

/** true when a person sits there who can be asked and can see the question. */
export function canAsk({ input, output }: CommandContext): boolean {
  return input.isTTY === true && output.errors.isTTY === true;
}

/** Asks on the terminal, on stderr, so that stdout stays the report; until the signal says that nobody wants to know. */
export function ask(context: CommandContext, question: string, signal?: AbortSignal): Promise<string> {
  const { errors } = context.output;
  return read(context, errors, (reader, answered) => reader.question(question, answered), signal);
}

const typedAheadMilliseconds = 150;

/**
 * Takes what was typed before there was a question, so that it answers none. Ctrl-C among it is one: CANCELLED. Does nothing
 * where there is no terminal.
 */
export async function forgetTypedAhead({ input }: CommandContext): Promise<void> {
  if (input.isTTY !== true || input.setRawMode === undefined) return;
  let isStopped = false;
  const forget = (keys: Buffer | string) => {
    if (keys.includes('\u0003')) isStopped = true;
  };
  // Raw, the terminal hands over what it kept of a line that is not finished, too.
  input.setRawMode(true);
  input.on('data', forget);
  await new Promise((done) => setTimeout(done, typedAheadMilliseconds));
  // A program that was held up meanwhile has its timers told before what lies in the terminal, which is read only after them.
  for (let turn = 0; turn < 2; turn += 1) await new Promise((done) => setImmediate(done));
  input.off('data', forget);
  input.pause();
  input.setRawMode(false);
  if (isStopped) throw cancelled('Nothing was written.');
}

/** The same without echo. */
export async function askHidden(context: CommandContext, question: string): Promise<string> {
  const { errors } = context.output;
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const answer = await read(context, silent, (reader, answered) => {
    // Only now, when the reader has turned the terminal's own echo off.
    errors.write(question);
    reader.question('', answered);
  });
  errors.write('\n');
  return answer;
}

function read(
  { input, interrupts, output }: CommandContext,
  echo: Writable,
  pose: (reader: Interface, answered: (line: string) => void) => void,
  signal?: AbortSignal,
): Promise<string> {
  const gone = signal === undefined ? interrupts.signal : AbortSignal.any([interrupts.signal, signal]);
  // A question that nobody waits for by now would stand there, and be in the way of the next, until somebody answers it.
  if (gone.aborted) return Promise.reject(cancelled('Nothing was written.'));
  output.statusLine(undefined);
  return new Promise((answer, refuse) => {
    const reader = createInterface({ input, output: echo, terminal: true, historySize: 0 });
    const stop = () => reader.close();
    let answered = false;
    reader.on('SIGINT', stop);
    gone.addEventListener('abort', stop);
    // Closed without an answer: Ctrl-C, Ctrl-D or a terminal that went away.
    reader.on('close', () => {
      gone.removeEventListener('abort', stop);
      if (answered) return;
      output.errors.write('\n');
      refuse(cancelled('Nothing was written.'));
    });
    pose(reader, (line) => {
      answered = true;
      reader.close();
      answer(line);
    });
  });
}
