import { randomBytes, randomUUID } from 'node:crypto';
import { link, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemErrorCode } from '../lab/file-errors.ts';
import { createPrivateFile, readPrivateFile, syncFolder } from './private-file.ts';
import { keyFileUnusable } from './secret-problems.ts';

const keyBytes = 32;

/**
 * The random key of this installation, made when it is first asked for. Whoever comes first makes it and all others
 * use it: it is written whole beside its place and linked there, which fails if another process was faster.
 */
export async function readOrCreateDigestKey(file: string): Promise<Buffer> {
  const existing = await readKey(file);
  if (existing) return existing;
  try {
    await placeNewKey(file);
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

async function placeNewKey(file: string): Promise<void> {
  const candidate = join(dirname(file), `.digest.key-${randomUUID()}`);
  await createPrivateFile(candidate, randomBytes(keyBytes));
  try {
    await link(candidate, file);
    await syncFolder(dirname(file));
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  } finally {
    await rm(candidate, { force: true });
  }
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
