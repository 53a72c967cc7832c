/** Characters that end a line, move the cursor or change the order in which text is shown. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const plainWord = /^[\w@%+:,./-]+$/;

/**
 * A word as a person can paste it into any POSIX shell, and into fish: in single quotes, and what these shells do not agree
 * on within them (`'` and `\`) outside of them. `undefined` for what cannot be shown truthfully on one line.
 */
export function shellWord(word: string): string | undefined {
  if (unprintable.test(word)) return undefined;
  if (plainWord.test(word)) return word;
  return `'${word.replaceAll(/['\\]/g, (character) => `'\\${character}'`)}'`;
}

/**
 * Text for a person to read and run: `prefix program arguments < input`. This program never runs it. `undefined` as in
 * {@link shellWord}.
 */
export function shellCommand(words: readonly string[], input: string): string | undefined {
  const quoted = words.map(shellWord);
  const from = shellWord(input);
  if (from === undefined || quoted.includes(undefined)) return undefined;
  return `${quoted.join(' ')} < ${from}`;
}
