import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, type TestContext } from 'vitest';
import { requireTools, unproven } from '../required-tools.ts';

/** Skips the test loudly where no such mount can be made. */
export function requireSmallMounts(context: TestContext): void {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) unproven(context, 'needs root on Linux');
  requireTools(context, 'mount', 'umount');
}

export interface SmallMount {
  readonly path: string;
  /** Leaves so many kibibytes; what takes the rest is `filler.log`, which a log folder may have, too. */
  fill(kibibytesLeft: number): void;
  /** There is room again. */
  empty(): void;
}

/** A file system of half a mebibyte, which is full soon; it ends with its test. */
export function smallMount(): SmallMount {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'sifaka-small-')));
  const filler = join(path, 'filler.log');
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'sifaka-test', path], { stdio: 'pipe' });
  } catch (error) {
    rmdirSync(path);
    throw error;
  }
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', path]);
    rmdirSync(path);
  });
  return {
    path,
    fill(kibibytesLeft) {
      const { bavail, bsize } = statfsSync(path);
      writeFileSync(filler, new Uint8Array(bavail * bsize - kibibytesLeft * 1024));
    },
    empty: () => rmSync(filler),
  };
}
