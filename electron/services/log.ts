/** Where a line for the developer goes: stderr, never stdout, never the screen of an operator. */
export interface Log {
  line(text: string): void;
}

export const standardErrorLog: Log = {
  line: (text) => {
    process.stderr.write(`${text}\n`);
  },
};
