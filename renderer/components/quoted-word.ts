/** As POSIX shells and PowerShell read it, when it is more than plain characters. */
export function quotedWord(word: string): string {
  return /^[\w./:\\~-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}
