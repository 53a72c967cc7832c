import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { cancelled } from '../../shared/problem.ts';
import type { CommandContext } from './command-context.ts';

/** true when a person sits there who can be asked and can see the question. */
export function canAsk({ input, output }: CommandContext): boolean {
  return input.isTTY === true && output.errors.isTTY === true;
}

/** Asks on the terminal, on stderr, so that stdout stays the report. */
export function ask(context: CommandContext, question: string): Promise<string> {
  return askThrough(context, question, context.output.errors);
}

/** The same without echo. */
export async function askHidden(context: CommandContext, question: string): Promise<string> {
  const { errors } = context.output;
  context.output.statusLine(undefined);
  errors.write(question);
  const answer = await askThrough(context, '', new Writable({ write: (_chunk, _encoding, done) => done() }));
  errors.write('\n');
  return answer;
}

function askThrough(context: CommandContext, question: string, output: Writable): Promise<string> {
  const { input, interrupts } = context;
  return new Promise((answer, refuse) => {
    const reader = createInterface({ input, output, terminal: true, historySize: 0 });
    const stop = () => reader.close();
    let answered = false;
    reader.on('SIGINT', stop);
    interrupts.signal.addEventListener('abort', stop);
    // Closed without an answer: Ctrl-C, Ctrl-D or a terminal that went away.
    reader.on('close', () => {
      interrupts.signal.removeEventListener('abort', stop);
      if (answered) return;
      context.output.errors.write('\n');
      refuse(cancelled('Nothing was written.'));
    });
    reader.question(question, (line) => {
      answered = true;
      reader.close();
      answer(line);
    });
  });
}
