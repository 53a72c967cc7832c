/** Cut to a number of UTF-16 units, with an ellipsis as the last one; never through the middle of a character. */
export function shortText(text: string, longest: number): string {
  if (text.length <= longest) return text;
  return `${text.slice(0, longest - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
