import { randomBytes } from 'node:crypto';
import { systemErrorCode } from '../durable/system-error.ts';
import { createPrivateFile, readPrivateFile } from './private-file.ts';
import { keyFileUnusable } from './secret-problems.ts';

const keyBytes = 32;

/**
 * The random key of this installation, made when it is first asked for. Whoever comes first makes it and all others
 * use it: it is made once, never over another.
 */
export async function readOrCreateDigestKey(file: string): Promise<Buffer> {
  const existing = await readKey(file);
  if (existing) return existing;
  try {
    await createPrivateFile(file, randomBytes(keyBytes));
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    throw keyFileUnusable(
      file,
      'it could not be written',
      'Make its folder writable for this user, then try again.',
    );
  }
  const created = await readKey(file);
  if (!created) throw keyFileUnusable(file, 'it vanished while it was made', 'Try again.');
  return created;
}

async function readKey(file: string): Promise<Buffer | undefined> {
  const found = await readPrivateFile(file, 4096);
  if (found.kind === 'missing') return undefined;
  if (found.kind === 'refused') throw keyFileUnusable(file, found.reason, found.next);
  if (found.bytes.length !== keyBytes) {
    throw keyFileUnusable(
      file,
      `it does not hold ${keyBytes} bytes`,
      'Bring it back from a backup. If it is removed, a new one is made, and digests in older receipts can no longer be compared.',
    );
  }
  return found.bytes;
}
