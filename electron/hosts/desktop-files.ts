import { join } from 'node:path';
import { appFolders, makeAppFolders } from '../services/app-folders.ts';
import { createDesktopMemory, type DesktopMemory } from '../services/desktop-memory.ts';
import { standardErrorLog } from '../services/log.ts';

export type { DesktopMemory } from '../services/desktop-memory.ts';

/**
 * Where Chromium keeps its own files, and the lock of the one instance: with the app's data, the same for a checkout as for
 * the installed app, and not beside the operator's identity.
 */
export function userDataFolder(): string {
  return join(appFolders(process.env).data, 'electron');
}

/** What the desktop app remembers, in the app's config folder. */
export async function openDesktopMemory(): Promise<DesktopMemory> {
  const folders = appFolders(process.env);
  await makeAppFolders(folders);
  return createDesktopMemory(folders.config, standardErrorLog);
}
