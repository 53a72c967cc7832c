/**
 * A text that a drive brought along (model, serial, label), fit to be shown: without control, invisible and
 * direction-changing characters, on one line, and no longer than `limit` characters.
 */
export function driveWords(text: string | undefined | null, limit = 64): string {
  const plain = (text ?? '')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufffd]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const characters = Array.from(plain);
  return characters.length <= limit ? plain : `${characters.slice(0, limit - 1).join('')}…`;
}

/** The first few of a list, and how many more there are. */
export function someOf(names: readonly string[], limit = 3): string {
  const shown = names.slice(0, limit).map((name) => driveWords(name, 120));
  const rest = names.length - shown.length;
  return rest > 0 ? `${shown.join(', ')} and ${rest} more` : shown.join(', ');
}
