import { open } from 'node:fs/promises';

/**
 * Makes the names in a folder durable: a new, renamed or removed file is otherwise not certain to survive a power cut
 * (fsync(2)). Windows cannot open a folder for this and keeps its names in NTFS's own log.
 */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
