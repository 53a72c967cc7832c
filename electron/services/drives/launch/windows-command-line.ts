/**
 * One string of parameters as CommandLineToArgvW and Microsoft's C runtime, which Node uses, take it apart again
 * (learn.microsoft.com, "Parsing C command-line arguments"): the elevated start takes a string and no array. A word in
 * quotation marks ends at none within it, since each has an odd number of backslashes before it; and at its end they are
 * doubled. A zero byte would end the whole string, so it throws RangeError.
 */
export function windowsCommandLine(words: readonly string[]): string {
  return words.map(quoted).join(' ');
}

function quoted(word: string): string {
  if (word.includes('\0')) throw new RangeError('a parameter with a zero byte');
  if (/^[\w@%+:,./\\-]+$/.test(word)) return word;
  const escaped = word.replaceAll(/(\\*)"/g, String.raw`$1$1\"`).replace(/\\+$/, '$&$&');
  return `"${escaped}"`;
}
