import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { testCache } from './test-cache.ts';

const fortnight = 14 * 24 * 3600 * 1000;

/** Where `madeOnce` keeps what it made of this digest, whether it is there or not. */
export function madeFolder(kind: string, digest: string): string {
  return join(testCache(), kind, digest.slice(0, 16));
}

/**
 * A folder that is dear to make, kept in the tests' cache under the digest of its recipe. `make` gets the path of a folder
 * that is not there yet; of several processes one makes it, and the others wait.
 */
export async function madeOnce(
  kind: string,
  digest: string,
  make: (arriving: string) => Promise<void>,
): Promise<string> {
  const folder = join(testCache(), kind);
  const made = madeFolder(kind, digest);
  await mkdir(folder, { recursive: true });
  if (!existsSync(made)) {
    const release = await lock(join(folder, 'lock'));
    try {
      if (!existsSync(made)) await build(folder, made, make);
    } finally {
      release();
    }
  }
  await utimes(made, new Date(), new Date());
  return made;
}

async function build(folder: string, made: string, make: (arriving: string) => Promise<void>): Promise<void> {
  await removeUnused(folder);
  const arriving = join(folder, `arriving-${randomUUID()}`);
  try {
    await make(arriving);
    await rename(arriving, made);
  } finally {
    await rm(arriving, { recursive: true, force: true });
  }
}

/** Those of older recipes, and what builders that died left; only the holder of the lock builds. */
async function removeUnused(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const unused = name.startsWith('arriving-') || Date.now() - (await stat(path)).mtimeMs > fortnight;
    if (name !== 'lock' && unused) await rm(path, { recursive: true, force: true });
  }
}

/** Waits for a lock that the kernel takes back when this process dies; answers what releases it. */
async function lock(file: string): Promise<() => void> {
  const holder = spawn('flock', [file, 'cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  await new Promise<void>((done, fail) => {
    holder.once('error', fail);
    holder.once('exit', () => fail(new Error(`could not lock ${file}`)));
    holder.stdout.once('data', () => done());
    holder.stdin.write('.');
  });
  return () => holder.stdin.end();
}
