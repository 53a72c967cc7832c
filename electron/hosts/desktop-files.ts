import { join } from 'node:path';
import { appFolders, makeAppFolders } from '../services/app-folders.ts';
import { createDesktopMemory, type DesktopMemory } from '../services/desktop-memory.ts';
import type { AppFolders } from '../services/folders.ts';
import { redactedLog, standardErrorLog } from '../services/log.ts';
import { openLog } from './own-log.ts';

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
  return createDesktopMemory(folders.config, openLog(folders));
}

/**
 * Notes a failure on stderr and in the app's log; answers the log's file, `undefined` when that cannot be written. The app's
 * folders may be what is wrong, or not made yet.
 */
export async function noteFailure(text: string): Promise<string | undefined> {
  let folders: AppFolders;
  try {
    folders = appFolders(process.env);
  } catch {
    redactedLog(standardErrorLog).line(text);
    return undefined;
  }
  // One that cannot be made is no reason not to write into another.
  await makeAppFolders(folders).catch(() => undefined);
  return openLog(folders).note(text);
}
