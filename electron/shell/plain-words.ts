import { shortenedInTheMiddle } from '../../shared/shortened.ts';

/**
 * For places outside the page that may read markup in a text, as the notifications of Linux desktops do
 * (Desktop Notifications Specification, body-markup), or break at control characters. Its end is cut beyond `longest`.
 */
export function plainWords(text: string, longest = 200): string {
  const words = text.replaceAll(/[<>&\p{Cc}\p{Cf}]/gu, ' ').replaceAll(/\s+/g, ' ');
  return words.length <= longest ? words : `${words.slice(0, longest - 1)}…`;
}

/** The same for a path, whose end says most. */
export function plainPath(path: string): string {
  return shortenedInTheMiddle(plainWords(path, Number.POSITIVE_INFINITY), 160);
}
