import type { Writable } from 'node:stream';
import type { Problem } from '../../shared/problem.ts';
import { terminalJson } from '../../shared/terminal-text.ts';
import type { CommandResult } from './command-context.ts';
import { exitCodeOf } from './failure.ts';
import { problemText } from './text/problem-text.ts';

export interface OutputStream extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/**
 * Where a command's words go. For people: the report on stdout, everything before it on stderr. With `--json`: one JSON
 * document a line on stdout, `{"type": …}` each; events first, then `report` or `problem`, which is always the last. A
 * command that answers with one document prints that, and nothing around it.
 */
export interface Output {
  readonly json: boolean;
  /** Human progress is shown: always for people; with `--json` only where stderr is a terminal. */
  readonly showsProgress: boolean;
  readonly errors: OutputStream;
  readonly results: OutputStream;
  /** A line of JSON on stdout; nothing for people. */
  event(event: { readonly type: string; readonly [key: string]: unknown }): void;
  /** A line for people on stderr. The caller has made it safe for a terminal. */
  say(text: string): void;
  /** Redraws the one progress line of a terminal, if stderr is one; `undefined` removes it. */
  statusLine(text: string | undefined): void;
  report(command: string, result: Pick<CommandResult, 'report' | 'text' | 'document'>): void;
  problem(problem: Problem): void;
  /** Resolves when all was handed to the operating system. */
  flush(): Promise<void>;
}

export function createOutput(options: {
  readonly json: boolean;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
}): Output {
  const { json, stdout, stderr } = options;
  let status = '';

  const clearStatus = () => {
    if (status !== '') stderr.write('\r\u001b[K');
    status = '';
  };
  const toResults = (text: string) => {
    clearStatus();
    stdout.write(`${text}\n`);
  };
  const toErrors = (text: string) => {
    clearStatus();
    stderr.write(`${text}\n`);
  };

  return {
    json,
    showsProgress: !json || stderr.isTTY === true,
    errors: stderr,
    results: stdout,
    event(event) {
      if (json) toResults(terminalJson(event));
    },
    say: toErrors,
    statusLine(text) {
      if (text === undefined || stderr.isTTY !== true) return clearStatus();
      // One column is left free: a full line would wrap, and the next redraw would miss its first half.
      const fitting = text.slice(0, (stderr.columns || 80) - 1);
      if (fitting === status) return;
      stderr.write(`\r\u001b[K${fitting}`);
      status = fitting;
    },
    report(command, { report, text, document }) {
      if (!json) toResults(text);
      else toResults(terminalJson(document === true ? report : { type: 'report', command, report }));
    },
    problem(problem) {
      if (json)
        toResults(terminalJson({ type: 'problem', ...problem.toRecord(), exitCode: exitCodeOf(problem) }));
      else toErrors(problemText(problem, stderr));
    },
    async flush() {
      clearStatus();
      await Promise.all(
        [stdout, stderr].map((stream) => new Promise<void>((done) => stream.write('', () => done()))),
      );
    },
  };
}
