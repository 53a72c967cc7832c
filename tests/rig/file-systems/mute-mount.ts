import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, realpathSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished, type TestContext } from 'vitest';
import { requireTools, unproven } from '../required-tools.ts';

const execute = promisify(execFile);

/** Skips the test loudly where no such mount can be made. */
export function requireMuteMounts(context: TestContext): void {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) unproven(context, 'needs root on Linux');
  if (!existsSync('/dev/fuse')) unproven(context, 'needs FUSE');
  requireTools(context, 'mount', 'umount');
}

export interface MuteMount {
  /** Whoever asks for anything below it waits until its end. */
  readonly path: string;
  /** Answers all that wait: there is nothing. */
  end(): Promise<void>;
}

/**
 * A mount that never answers, as one by NFS whose server is gone: FUSE with nobody at the other end of its line. Whoever waits
 * for it cannot be told to stop. It ends with its test, also when that is still waiting.
 */
export async function muteMount(): Promise<MuteMount> {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'sifaka-mute-')));
  const line = openSync('/dev/fuse', 'r+');
  try {
    const options = 'fd=3,rootmode=40000,user_id=0,group_id=0';
    const child = spawn('mount', ['--internal-only', '-t', 'fuse', '-o', options, 'mute', path], {
      stdio: ['ignore', 'ignore', 'inherit', line],
    });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`mount ended with ${code}`);
  } catch (error) {
    closeSync(line);
    rmdirSync(path);
    throw error;
  }
  let ended: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    // Not by the thread pool: those who wait may have all of its threads.
    closeSync(line);
    // Who waited is on the way out of it.
    await execute('umount', ['--lazy', path]);
    rmdirSync(path);
  };
  const mute = { path, end: () => (ended ??= end()) };
  onTestFinished(mute.end);
  return mute;
}
