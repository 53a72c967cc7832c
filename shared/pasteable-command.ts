/**
 * A command for people to paste into a POSIX shell: words that mean nothing to it as they are, all others in single quotes
 * (Shell Command Language, 2.2.2). For showing only; nothing here runs it.
 */
export function pasteableCommand(words: readonly string[]): string {
  return words.map((word) => (plain.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}

const plain = /^[\w@%+=:,./-]+$/;
