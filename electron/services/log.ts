import { redact } from './redact.ts';

/** Where a line for the developer goes: never stdout, never the screen of an operator. */
export interface Log {
  line(text: string): void;
}

export const standardErrorLog: Log = {
  line(text) {
    // Who closes the terminal must not end a burn: a failed write that nobody listens for would be thrown.
    if (process.stderr.listenerCount('error') === 0) process.stderr.on('error', () => undefined);
    process.stderr.write(`${text}\n`);
  },
};

/** The same line in each of them, redacted before any has it. */
export function redactedLog(...logs: readonly Log[]): Log {
  return {
    line(text) {
      const safe = redact(text, undefined);
      for (const log of logs) log.line(safe);
    },
  };
}
