import { createHash } from 'node:crypto';
import { armor, Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import type { Problem } from '../../../shared/problem.ts';
import { systemErrorCode } from '../durable/system-error.ts';
import { binaryAge, passphraseWorkFactor } from './age-format.ts';
import { createPrivateFile, readPrivateFile } from './private-file.ts';
import {
  identityExists,
  identityInvalid,
  identityLocked,
  identityMissing,
  keyFileUnusable,
  wrongPassphrase,
} from './secret-problems.ts';

/** Secret keys (`AGE-SECRET-KEY-1…`) and their recipients, in the order of the file. */
export interface Identity {
  readonly secretKey: string;
  readonly recipient: string;
}

export interface IdentityFile {
  state(): Promise<'none' | 'locked' | 'ready'>;
  /** IDENTITY_MISSING, IDENTITY_LOCKED, IDENTITY_INVALID. */
  identities(): Promise<Identity[]>;
  unlock(passphrase: string): Promise<void>;
  create(passphrase: string | undefined): Promise<string>;
}

const limitBytes = 64 * 1024;
/**
 * log2 of scrypt's cost. 18 is what age takes (about a second); each step doubles time and memory, and at 19 the
 * library already needs half a gigabyte.
 */
const highestWorkFactor = 19;

type Content =
  | { readonly kind: 'none' }
  | { readonly kind: 'plain'; readonly identities: Identity[] }
  | { readonly kind: 'sealed'; readonly digest: string; readonly bytes: Uint8Array };

/**
 * An age identity file: plain, as age-keygen writes it, or itself sealed by a passphrase (`age -p`). What was unlocked
 * is kept for this process only, and only while the file stays the same.
 */
export function createIdentityFile(file: string, { workFactor }: { workFactor: number }): IdentityFile {
  let unlocked: { digest: string; identities: Identity[] } | undefined;

  const content = async (): Promise<Content> => {
    const found = await readPrivateFile(file, limitBytes);
    if (found.kind === 'missing') return { kind: 'none' };
    if (found.kind === 'refused') throw identityInvalid(file, found.reason, found.next);
    const sealed = binaryAge(found.bytes);
    if (sealed === 'damaged') throw damaged(file);
    if (sealed === undefined)
      return { kind: 'plain', identities: await parseIdentities(file, found.bytes.toString('utf8')) };
    return { kind: 'sealed', digest: createHash('sha256').update(found.bytes).digest('hex'), bytes: sealed };
  };

  return {
    async state() {
      const now = await content();
      if (now.kind === 'none') return 'none';
      return now.kind === 'plain' || unlocked?.digest === now.digest ? 'ready' : 'locked';
    },

    async identities() {
      const now = await content();
      if (now.kind === 'none') throw identityMissing(file);
      if (now.kind === 'plain') return now.identities;
      if (unlocked?.digest !== now.digest) throw identityLocked(file);
      return unlocked.identities;
    },

    async unlock(passphrase) {
      const now = await content();
      if (now.kind === 'none') throw identityMissing(file);
      if (now.kind === 'plain') return;
      const text = await openWithPassphrase(file, now.bytes, passphrase);
      unlocked = { digest: now.digest, identities: await parseIdentities(file, text) };
    },

    async create(passphrase) {
      const secretKey = await generateX25519Identity();
      const recipient = await identityToRecipient(secretKey);
      const text = `# public key: ${recipient}\n${secretKey}\n`;
      const bytes = await identityBytes(text, passphrase, workFactor);
      if (!(await writeNew(file, bytes))) throw identityExists(file);
      if (passphrase !== undefined) {
        const now = await content();
        if (now.kind === 'sealed') unlocked = { digest: now.digest, identities: [{ secretKey, recipient }] };
      }
      return recipient;
    },
  };
}

async function writeNew(file: string, bytes: Uint8Array): Promise<boolean> {
  try {
    return await createPrivateFile(file, bytes);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    throw keyFileUnusable(
      file,
      'it could not be written',
      'Make its folder writable for this user, then try again.',
    );
  }
}

async function identityBytes(
  text: string,
  passphrase: string | undefined,
  workFactor: number,
): Promise<Uint8Array> {
  if (passphrase === undefined) return new TextEncoder().encode(text);
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  encrypter.setScryptWorkFactor(workFactor);
  return new TextEncoder().encode(armor.encode(await encrypter.encrypt(text)));
}

async function openWithPassphrase(file: string, bytes: Uint8Array, passphrase: string): Promise<string> {
  const factor = passphraseWorkFactor(bytes);
  if (factor === undefined) {
    throw identityInvalid(
      file,
      'it is sealed, but not by a passphrase',
      'Seal it with age -p, or keep it plain.',
    );
  }
  if (factor > highestWorkFactor) {
    throw identityInvalid(
      file,
      `its passphrase has a work factor of ${factor}, more than ${highestWorkFactor}`,
      'Seal it again with age -p.',
    );
  }
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  try {
    return await decrypter.decrypt(bytes, 'text');
  } catch (error) {
    // The one message that tells a wrong passphrase from a damaged file.
    if (error instanceof Error && error.message.startsWith('no identity matched'))
      throw wrongPassphrase(file);
    throw damaged(file);
  }
}

async function parseIdentities(file: string, text: string): Promise<Identity[]> {
  const identities: Identity[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const secretKey = line.trim();
    if (secretKey === '' || secretKey.startsWith('#')) continue;
    const recipient = await recipientOf(secretKey);
    if (recipient === undefined) {
      throw identityInvalid(
        file,
        `line ${index + 1} is no X25519 identity of age`,
        'Keep AGE-SECRET-KEY-1… lines in it, as age-keygen writes them; comments begin with #.',
      );
    }
    identities.push({ secretKey, recipient });
  }
  if (identities.length === 0) {
    throw identityInvalid(file, 'it holds no identity', 'Move it away and make one: sifaka secrets init');
  }
  return identities;
}

async function recipientOf(secretKey: string): Promise<string | undefined> {
  if (!secretKey.startsWith('AGE-SECRET-KEY-1')) return undefined;
  try {
    return await identityToRecipient(secretKey);
  } catch {
    return undefined;
  }
}

function damaged(file: string): Problem {
  return identityInvalid(file, 'the sealed file is damaged', 'Bring it back from your backup of it.');
}
