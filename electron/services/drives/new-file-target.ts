import { access, constants, lstat, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Problem } from '../../../shared/problem.ts';
import type { Target } from '../../../shared/schemas/card.ts';
import type { BlockTarget } from '../../imaging/block-target.ts';
import { createFileTarget } from '../../imaging/file-target.ts';
import { moveToFreeName } from '../durable/give-name.ts';
import { syncFolder } from '../durable/sync-folder.ts';
import { systemErrorCode } from '../durable/system-error.ts';
import { identityAt, identityOf } from './file-identity.ts';
import { inspectFile, realPathOf } from './inspect-file.ts';
import { checkNewName, checkPlace } from './target-path.ts';
import { inWords, refused } from './target-problems.ts';
import type { WritableTarget } from './targets.ts';

/** A file that is not there yet, in a folder that is. `path` is absolute; `size` in bytes. */
export async function inspectNewFile(
  path: string,
  size: number,
  protectedPaths: readonly string[],
): Promise<Target> {
  checkNewName(basename(path));
  const folder = await realPathOf(dirname(path));
  const real = join(folder, basename(path));
  await checkPlace(real, protectedPaths);
  try {
    await access(folder, constants.W_OK);
  } catch (error) {
    throw inWords(folder, error);
  }
  if (await exists(real)) throw taken(real);
  return {
    kind: 'new-file',
    path: real,
    label: basename(real),
    size,
    identity: 'absent',
    contents: 'nothing yet',
  };
}

/**
 * A temporary file beside the new one, for its owner's eyes only since it holds secrets. What a dead run left there is
 * replaced: whoever comes here holds the lock on the target, so nobody is writing to it.
 */
export async function openNewFile(target: Target): Promise<WritableTarget> {
  const folder = dirname(target.path);
  const partial = join(folder, `.${basename(target.path)}.sifaka-partial`);
  await removeLeftover(partial);
  const blocks = await create(partial, target.size);
  const identity = identityOf(await lstat(partial, { bigint: true }));
  let closed = false;
  let committed = false;

  async function close(): Promise<void> {
    if (!closed) await blocks.close();
    closed = true;
  }

  return {
    blocks,
    async commit() {
      await blocks.flush();
      await close();
      if ((await identityAt(partial)) !== identity) throw swapped(partial);
      try {
        committed = await moveToFreeName(partial, target.path);
      } catch (error) {
        throw inWords(target.path, error);
      }
      if (!committed) throw appeared(target.path);
      await syncFolder(folder);
      return await inspectFile('existing-file', target.path);
    },
    async abandon() {
      await close();
      const named = await identityAt(target.path).catch(() => undefined);
      if (committed || named === identity) return `${target.path} is complete.`;
      try {
        if ((await identityAt(partial)) !== identity)
          return `The unfinished file ${partial} is gone. If somebody moved it, it may hold secrets where it is now.`;
        await rm(partial);
        await syncFolder(folder);
      } catch {
        return `The unfinished file ${partial} could not be removed. It may hold secrets: remove it yourself.`;
      }
      return named === undefined
        ? `Nothing: ${target.path} was not made, and the unfinished file was removed.`
        : `${target.path} is somebody else’s and was not touched; the unfinished file was removed.`;
    },
  };
}

async function create(partial: string, size: number): Promise<BlockTarget> {
  try {
    return await createFileTarget(partial, { mode: 'create', size });
  } catch (error) {
    // Made, but the size was refused: nobody else would remove it.
    if (!(error instanceof Problem && error.code === 'TARGET_EXISTS')) await rm(partial, { force: true });
    throw error;
  }
}

async function removeLeftover(partial: string): Promise<void> {
  try {
    const stats = await lstat(partial);
    const ours = stats.isFile() && (process.getuid === undefined || stats.uid === process.getuid());
    if (!ours) {
      throw refused(
        'TARGET_EXISTS',
        `${partial}, where the unfinished file would be, is something Sifaka did not make.`,
        'Choose another name or remove it yourself.',
      );
    }
    await rm(partial);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw inWords(partial, error);
  }
}

async function exists(path: string): Promise<boolean> {
  return (await identityAt(path)) !== undefined;
}

function taken(path: string): Problem {
  return refused('TARGET_EXISTS', `${path} is there already.`, 'Choose another name or remove it yourself.');
}

function appeared(path: string): Problem {
  return new Problem('TARGET_EXISTS', {
    what: `${path} was made by somebody else in the meantime.`,
    state: 'That file was not touched; the new one was not named.',
    next: 'Choose another name or remove it yourself, then start again.',
  });
}

function swapped(partial: string): Problem {
  return new Problem('TARGET_CHANGED', {
    what: `The unfinished file ${partial} was removed or replaced while it was written.`,
    state: 'The new file was not made.',
    next: 'Find out who removed it, then start again.',
  });
}
