/** At most so many characters, counted as UTF-16 units: what is too much goes from the middle, an ellipsis in its place. */
export function shortenedInTheMiddle(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const kept = longest - 1;
  const end = Math.floor(kept / 2);
  return `${text.slice(0, kept - end)}…${text.slice(text.length - end)}`;
}
