/**
 * Text from a lab file, a node, an image or an error, before it goes to a terminal: everything that would move the
 * cursor, change colours, hide or reverse what stands around it becomes visible as `\u{1b}`. Covers the control
 * characters C0 and C1 (ESC, CSI, OSC …), line and paragraph separators, invisible and direction-changing format
 * characters, variation selectors and lone surrogates.
 */
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** For one line: newlines and tabs are made visible too. */
export function terminalText(text: string): string {
  return text.replace(unsafe, visible);
}

/** For a text of several lines: newlines stay, tabs become spaces. */
export function terminalLines(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll('\t', '    ').split('\n').map(terminalText).join('\n');
}

/** One JSON document on one line, its strings with the same characters escaped: the same value, safe to look at. */
export function terminalJson(value: unknown): string {
  const text = JSON.stringify(value) ?? 'null';
  return text.replace(unsafe, (character) =>
    Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
      .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

function visible(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
