/**
 * Text from a lab, an image or a node is shown as it is, with one exception: characters that would move, hide or
 * reverse what stands around them are replaced by something visible. Markup needs no care here, React does not parse it.
 */
const invisible =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\ufe00-\ufe0f]|[\u{e0000}-\u{e0fff}]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;

/** Every such character becomes its code point in angle brackets: `⟨U+202E⟩`. */
export function printable(text: string): string {
  return text.replace(invisible, (character) => {
    const point = character.codePointAt(0) ?? 0;
    return `\u27e8U+${point.toString(16).toUpperCase().padStart(4, '0')}\u27e9`;
  });
}
