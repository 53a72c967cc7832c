const longest = 200;

/**
 * For places outside the page that may read markup in a text, as the notifications of Linux desktops do
 * (Desktop Notifications Specification, body-markup), or break at control characters.
 */
export function plainWords(text: string): string {
  const words = text.replaceAll(/[<>&\p{Cc}\p{Cf}]/gu, ' ').replaceAll(/\s+/g, ' ');
  return words.length <= longest ? words : `${words.slice(0, longest - 1)}…`;
}
