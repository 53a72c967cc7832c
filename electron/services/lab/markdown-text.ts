import { onOneLine } from './plain-text.ts';

/**
 * Text on one line that Markdown shows as it is: no emphasis, HTML, link, image, code, or address that becomes a link
 * (but for one of mail, which some programs make a link to itself whatever is before it). What is longer than `limit`
 * UTF-16 units is cut before.
 */
export function markdownText(text: string, limit: number): string {
  return onOneLine(text, limit)
    .replaceAll(/[\\`*_[\]<>&|~!#@]/g, '\\$&')
    .replaceAll('://', '\\://')
    .replaceAll(/(www)\./gi, '$1\\.');
}
