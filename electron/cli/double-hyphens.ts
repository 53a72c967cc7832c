/**
 * Go's way to write options, made commander's: `-src x` and `-src=x` are `--src x` and `--src=x`, and a switch may say
 * `--dry-run=true` or `--dry-run=false` (pkg.go.dev/flag, "Command line flag syntax").
 */
export function doubleHyphened(words: readonly string[]): string[] {
  return words.flatMap((word) => {
    const [, name, value] = /^--?([a-z][a-z-]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined) return [word];
    if (switches.has(name) && value !== undefined) {
      if (/^(1|t|true)$/i.test(value)) return [`--${name}`];
      if (/^(0|f|false)$/i.test(value)) return [];
    }
    return [value === undefined ? `--${name}` : `--${name}=${value}`];
  });
}

const switches: ReadonlySet<string> = new Set([
  'delete-missing',
  'dry-run',
  'verbose',
  'checksum',
  'allow-everything-changed',
]);
