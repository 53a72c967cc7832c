import { lstat, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { systemErrorCode } from '../durable/system-error.ts';
import { writerSocketName } from './writer-protocol.ts';

/** What a private folder's name begins with; mkdtemp(3) adds six characters. */
export const doorPrefix = 'sifaka-writer-';

/**
 * Removes what an app of this user left there when it was killed while it waited for its writer: folders of ours whose
 * socket nobody listens on. One whose socket is gone belongs to a writer that has come in, and stays.
 */
export async function removeStaleDoors(parent: string): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  const ours = names.filter((name) => name.startsWith(doorPrefix) && name.length === doorPrefix.length + 6);
  await Promise.all(
    ours.map(async (name) => {
      const folder = join(parent, name);
      const stats = await lstat(folder).catch(() => undefined);
      if (!stats?.isDirectory() || stats.uid !== process.getuid?.()) return;
      if (await isRefused(join(folder, writerSocketName))) await rm(folder, { recursive: true, force: true });
    }),
  );
}

function isRefused(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(false);
    });
    socket.on('error', (error) => resolve(systemErrorCode(error) === 'ECONNREFUSED'));
  });
}
