/**
 * Text on one line of a screen, a log or a Markdown file: control characters (terminal escapes), line and paragraph
 * separators and bidirectional overrides become one blank, and what is longer than `limit` UTF-16 units is cut.
 */
export function onOneLine(text: string, limit = 200): string {
  const line = text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\ufeff]+/gu, ' ')
    .trim();
  if (line.length <= limit) return line;
  // A cut may not leave half a surrogate pair.
  return `${line.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
