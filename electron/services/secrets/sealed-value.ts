import { timingSafeEqual } from 'node:crypto';
import { armor, Decrypter, Encrypter } from 'age-encryption';
import { binaryAge } from './age-format.ts';
import type { Identity } from './identity-file.ts';
import { secretUnreadable } from './secret-problems.ts';

/** What a sealed value may hold, in bytes: keys, tokens and passwords, not archives. */
export const valueLimitBytes = 64 * 1024;
/** A value of that size in armor, with room for many recipients. */
export const sealedLimitBytes = 160 * 1024;

/** Armored, so that git shows it as the text it is. */
export async function sealValue(value: Uint8Array, recipients: readonly string[]): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  return new TextEncoder().encode(armor.encode(await encrypter.encrypt(value)));
}

/**
 * Opens a sealed value with the operator's X25519 keys only: a file sealed by a passphrase is refused unread, so that
 * nobody's work factor keeps this machine busy.
 */
export async function openValue(
  name: string,
  sealed: Uint8Array,
  identities: readonly Identity[],
): Promise<Uint8Array> {
  const binary = binaryAge(sealed);
  if (binary === undefined || binary === 'damaged') throw notWhole(name);
  const decrypter = new Decrypter();
  for (const { secretKey } of identities) decrypter.addIdentity(secretKey);
  let value: Uint8Array;
  try {
    value = await decrypter.decrypt(binary);
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('no identity matched')) throw notForYou(name);
    throw notWhole(name);
  }
  if (value.length > valueLimitBytes) {
    value.fill(0);
    throw secretUnreadable(name, `it holds more than ${valueLimitBytes} bytes`, 'Seal a smaller value.');
  }
  return value;
}

/** Whether the sealed form gives the value back. */
export async function opensTo(
  name: string,
  sealed: Uint8Array,
  value: Uint8Array,
  identities: readonly Identity[],
): Promise<boolean> {
  const opened = await openValue(name, sealed, identities);
  try {
    return opened.length === value.length && timingSafeEqual(opened, value);
  } finally {
    opened.fill(0);
  }
}

function notForYou(name: string): Error {
  return secretUnreadable(
    name,
    'it is not sealed for your identity',
    'Ask someone who can open it to seal it again, with your recipient in metis/secrets/recipients.txt.',
  );
}

function notWhole(name: string): Error {
  return secretUnreadable(
    name,
    'its file is damaged or no age file',
    `Bring metis/secrets/${name}.age back from git, or seal the value again.`,
  );
}
