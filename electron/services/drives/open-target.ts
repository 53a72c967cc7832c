import { constants } from 'node:fs';
import { lstat } from 'node:fs/promises';
import type { Target } from '../../../shared/schemas/card.ts';
import type { BlockTarget } from '../../imaging/block-target.ts';
import { createFileTarget } from '../../imaging/file-target.ts';
import { asProblem, Problem } from '../../../shared/problem.ts';
import { identityAt, identityOf } from './file-identity.ts';
import { inspectFile, openRegular } from './inspect-file.ts';
import type { WritableTarget } from './targets.ts';

const writtenElsewhere =
  'What was written went to the file that was there before, wherever it is now; it may hold secrets. What is at that path now was not touched.';

/**
 * Opens the file that was planned and no other. The blocks get a handle of their own, so what is checked and what is
 * written must be one file: Linux opens the checked handle again by its number, elsewhere the path is checked again.
 */
export async function openPlanned(target: Target, mode: 'read' | 'write'): Promise<BlockTarget> {
  const handle = await openRegular(
    target.path,
    mode === 'write' ? constants.O_RDWR : constants.O_RDONLY,
  ).catch((error: unknown): never => {
    const gone = ['TARGET_MISSING', 'TARGET_UNSUPPORTED'].includes(asProblem(error)?.code ?? '');
    throw gone ? changed(target, error) : error;
  });
  try {
    const stats = await handle.stat({ bigint: true });
    if (identityOf(stats) !== target.identity || stats.size !== BigInt(target.size)) throw changed(target);
    if (process.platform === 'linux') return await createFileTarget(`/proc/self/fd/${handle.fd}`, { mode });
    const blocks = await createFileTarget(target.path, { mode });
    if (identityOf(await lstat(target.path, { bigint: true })) === target.identity) return blocks;
    await blocks.close();
    throw changed(target);
  } finally {
    await handle.close();
  }
}

/** A virtual drive or an existing file: overwritten where it is, as a drive would be. */
export async function openInPlace(target: Target): Promise<WritableTarget> {
  const planned = await openPlanned(target, 'write');
  let touched = false;
  let committed = false;
  const blocks: BlockTarget = {
    size: planned.size,
    readsMedium: planned.readsMedium,
    read: (buffer, offset) => planned.read(buffer, offset),
    write(buffer, offset) {
      touched = true;
      return planned.write(buffer, offset);
    },
    flush: () => planned.flush(),
    dropCache: () => planned.dropCache(),
    close: () => planned.close(),
  };
  return {
    blocks,
    async commit() {
      await blocks.flush();
      await blocks.close();
      if ((await identityAt(target.path)) !== target.identity) throw swapped(target);
      const now = await inspectFile(target.kind, target.path);
      if (now.identity !== target.identity) throw swapped(target);
      committed = true;
      return now;
    },
    async abandon() {
      if (committed) return `${target.path} is complete.`;
      await blocks.close();
      if (!touched) return `Nothing was written to ${target.path}.`;
      // A path that cannot be looked at has most likely not changed.
      const there = await identityAt(target.path).catch(() => target.identity);
      return there === target.identity
        ? `${target.path} is partly overwritten: what was on it is lost, and it is no working card.`
        : writtenElsewhere;
    },
  };
}

function swapped(target: Target): Problem {
  return new Problem('TARGET_CHANGED', {
    what: `${target.path} was removed or replaced while it was written.`,
    state: writtenElsewhere,
    next: 'Find out who did it, then burn again.',
  });
}

function changed(target: Target, cause?: unknown): Problem {
  return new Problem(
    'TARGET_CHANGED',
    {
      what: `${target.path} is no longer what was planned: it was removed, replaced or changed its size.`,
      state: 'Nothing was written.',
      next: 'Look at the target and make a new plan.',
    },
    { cause },
  );
}
