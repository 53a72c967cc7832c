import type { ByteName } from './entry.ts';

const beyondAscii = /[^\0-\x7f]/;

/** The bytes of a text: what the system sees when a path that came as text is opened. */
export function byteNameOf(text: string): ByteName {
  return beyondAscii.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

/** Whether the bytes are all ASCII, so that Node may be given them as they are. */
export function isPlain(bytes: ByteName): boolean {
  return !beyondAscii.test(bytes);
}

/** What Node is given for these bytes: the string itself where its UTF-8 is the same, which is the faster way. */
export function nativePath(bytes: ByteName): string | Buffer {
  return beyondAscii.test(bytes) ? Buffer.from(bytes, 'latin1') : bytes;
}

/** `folder` is empty for the root. */
export function below(folder: ByteName, name: ByteName): ByteName {
  return folder === '' ? name : `${folder}/${name}`;
}

/** The folder of a relative path, empty for what lies in the root. */
export function folderOf(path: ByteName): ByteName {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

/** All folders above a path, the nearest first. */
export function* foldersAbove(path: ByteName): Generator<ByteName> {
  for (let at = folderOf(path); at !== ''; at = folderOf(at)) yield at;
}

export function nameIn(path: ByteName): ByteName {
  return path.slice(path.lastIndexOf('/') + 1);
}

/**
 * Characters that would move a cursor, hide or reverse what stands around them: the same as shared/terminal-text.ts makes
 * visible, so that an escaped name is safe wherever it is shown.
 */
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\\]/gu;
const plain = /^[ -[\]-~]*$/;

/**
 * The escaped form, for JSON, the database and people: valid UTF-8 as it is, but a backslash as `\\`, and every byte of what
 * is invisible or no UTF-8 as `\xHH`. `unescapeName` gives the same bytes back.
 */
export function escapeName(bytes: ByteName): string {
  if (plain.test(bytes)) return bytes;
  return validPieces(Buffer.from(bytes, 'latin1'))
    .map((piece) =>
      typeof piece === 'string'
        ? piece.replace(unsafe, (character) =>
            character === '\\' ? '\\\\' : hexBytes(Buffer.from(character)),
          )
        : hexBytes(piece),
    )
    .join('');
}

/** The bytes behind an escaped form; `undefined` for what is none. */
export function unescapeName(text: string): ByteName | undefined {
  if (plain.test(text)) return text;
  let bytes = '';
  for (const [piece, hex] of text.matchAll(/\\x([0-9a-f]{2})|\\\\|[^\\]+|\\/g)) {
    if (piece === '\\') return undefined;
    if (hex !== undefined) bytes += String.fromCharCode(Number.parseInt(hex, 16));
    else bytes += piece === '\\\\' ? '\\' : byteNameOf(piece);
  }
  return bytes;
}

function hexBytes(bytes: Uint8Array): string {
  return [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}

/** Texts where the bytes are UTF-8, and the bytes between them. */
function validPieces(bytes: Buffer): (string | Buffer)[] {
  const pieces: (string | Buffer)[] = [];
  let from = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = utf8Length(bytes, at);
    if (length > 0) {
      at += length;
      continue;
    }
    if (at > from) pieces.push(bytes.toString('utf8', from, at));
    pieces.push(bytes.subarray(at, at + 1));
    at += 1;
    from = at;
  }
  if (from < bytes.length) pieces.push(bytes.toString('utf8', from));
  return pieces;
}

/** How many bytes the character has that begins here, 0 when none does: RFC 3629, without overlong forms and surrogates. */
function utf8Length(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + length > bytes.length) return 0;
  const second = bytes[at + 1] ?? 0;
  if (first === 0xe0 && second < 0xa0) return 0;
  if (first === 0xed && second > 0x9f) return 0;
  if (first === 0xf0 && second < 0x90) return 0;
  if (first === 0xf4 && second > 0x8f) return 0;
  for (let next = 1; next < length; next += 1) {
    const byte = bytes[at + next] ?? 0;
    if (byte < 0x80 || byte > 0xbf) return 0;
  }
  return length;
}

/**
 * The name as a file system sees it that cannot tell letters' cases, or ways to compose a letter, apart; names that are no
 * UTF-8 stay as they are. Not exactly any one file system's table: close enough to warn instead of overwriting.
 */
export function foldedName(
  name: ByteName,
  sensitive: { readonly case: boolean; readonly normalization: boolean },
): string {
  const bytes = Buffer.from(name, 'latin1');
  const text = bytes.toString('utf8');
  if (text.includes('\ufffd') && byteNameOf(text) !== name) return name;
  const composed = sensitive.normalization ? text : text.normalize('NFC');
  return sensitive.case ? composed : composed.toUpperCase().toLowerCase();
}
