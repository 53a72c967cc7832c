/**
 * Linux takes 128 KiB in one argument (MAX_ARG_STRLEN), and sshd hands a whole command line to the login shell as one.
 * What is longer goes through stdin.
 */
const longestCommandLine = 120 * 1024;

/**
 * Words as one command line for a POSIX shell, which makes exactly these words of it again: every word in single quotes,
 * within which POSIX gives no character a meaning (Shell Command Language, 2.2.2). This is the only place where a command
 * line is made, and what it throws is a bug of the caller.
 */
export function commandLine(words: readonly string[]): string {
  const line = words.map(quoted).join(' ');
  if (Buffer.byteLength(line) > longestCommandLine) throw new RangeError('a command line is too long');
  return line;
}

function quoted(word: string): string {
  if (word.includes('\0')) throw new TypeError('a word of a command has a NUL, which no argument can have');
  if (!word.isWellFormed()) throw new TypeError('a word of a command is no Unicode text');
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
