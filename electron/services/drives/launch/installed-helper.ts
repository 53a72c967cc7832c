import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemErrorCode } from '../../durable/system-error.ts';

/**
 * Where the Debian package puts the program that polkit lets an administrator start; its policy
 * (resources/polkit/org.sifaka.writer.policy) names the same path. Only on Linux is there one.
 */
export const installedHelper =
  process.platform === 'linux' ? '/opt/Sifaka/resources/writer/sifaka-writer' : undefined;

/** What it starts: a plain Node, and the writer, both beside it. */
const startedFiles = ['node', 'writer.mjs'];

const setUserId = 0o4000;
const groupOrOthersWrite = 0o022;
const anyExecute = 0o111;

/**
 * Whether an administrator can be asked to run it: it and what it starts are there, and nobody but root could have put
 * something else there. A link anywhere on the way is a no, since pkexec resolves it and the policy then names another path.
 */
export async function helperIsTrustworthy(helper: string): Promise<boolean> {
  const folder = dirname(helper);
  for (const file of [helper, ...startedFiles.map((name) => join(folder, name))]) {
    if (!(await onlyRootsFile(file))) return false;
  }
  for (let path = folder; ; path = dirname(path)) {
    const stats = await statsOf(path);
    if (!stats?.isDirectory() || stats.uid !== 0 || (stats.mode & groupOrOthersWrite) !== 0) return false;
    if (path === dirname(path)) return true;
  }
}

async function onlyRootsFile(path: string): Promise<boolean> {
  const stats = await statsOf(path);
  return stats !== undefined && stats.isFile() && stats.uid === 0 && (stats.mode & groupOrOthersWrite) === 0;
}

/** pkexec, unless the system has taken from it what it needs to work (some have). */
export async function findPkexec(): Promise<string | undefined> {
  const path = '/usr/bin/pkexec';
  const stats = await statsOf(path);
  const works =
    stats?.isFile() === true &&
    stats.uid === 0 &&
    (stats.mode & setUserId) !== 0 &&
    (stats.mode & anyExecute) !== 0;
  return works ? path : undefined;
}

async function statsOf(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}
