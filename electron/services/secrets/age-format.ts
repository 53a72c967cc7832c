import { armor } from 'age-encryption';

const armorHead = '-----BEGIN AGE ENCRYPTED FILE-----';
const binaryHead = 'age-encryption.org/v1\n';

/**
 * The binary form of an age file (age-encryption.org/v1), armored or not; `undefined` for what is no age file at all,
 * `damaged` for armor that is broken.
 */
export function binaryAge(bytes: Uint8Array): Uint8Array | 'damaged' | undefined {
  const text = Buffer.from(bytes).toString('latin1');
  if (text.startsWith(binaryHead)) return bytes;
  if (!text.trimStart().startsWith(armorHead)) return undefined;
  try {
    return armor.decode(text);
  } catch {
    return 'damaged';
  }
}

/** log2 of the scrypt cost of a file sealed by a passphrase (its only stanza: `-> scrypt <salt> <log2 N>`). */
export function passphraseWorkFactor(binary: Uint8Array): number | undefined {
  const head = Buffer.from(binary.subarray(0, 200)).toString('latin1');
  const factor = /^age-encryption\.org\/v1\n-> scrypt [A-Za-z0-9+/]+ (\d{1,9})\n/.exec(head)?.[1];
  return factor === undefined ? undefined : Number(factor);
}
