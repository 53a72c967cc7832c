import { execFileSync } from 'node:child_process';
import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  type FileSystemKind,
  fileSystemKinds,
  mountFileSystem,
  requireFileSystems,
} from '../../../rig/file-systems/mount-file-system.ts';
import { isWrittenUnsynced } from '../../../rig/file-systems/written-unsynced.ts';

const can = (change: () => void): boolean => {
  try {
    change();
    return true;
  } catch {
    return false;
  }
};

/** What a target can and cannot do, as the engine's probes should find it. */
function abilities(folder: string): {
  links: boolean;
  hardLinks: boolean;
  case: boolean;
  wholeSeconds: boolean;
} {
  writeFileSync(join(folder, 'lower'), 'lower');
  utimesSync(join(folder, 'lower'), 1_700_000_000.25, 1_700_000_000.25);
  return {
    links: can(() => symlinkSync('lower', join(folder, 'link'))),
    hardLinks: can(() => linkSync(join(folder, 'lower'), join(folder, 'hard'))),
    case: !can(() => readFileSync(join(folder, 'LOWER'))),
    wholeSeconds: statSync(join(folder, 'lower')).mtimeMs === 1_700_000_000_000,
  };
}

test('each file system is mounted beside the others, and is what it is there for', async (context) => {
  requireFileSystems(context, ...fileSystemKinds);
  const mounted = await Promise.all(fileSystemKinds.map((kind) => mountFileSystem(kind)));
  try {
    const all = { links: true, hardLinks: true, case: true, wholeSeconds: false };
    expect(Object.fromEntries(mounted.map(({ kind, path }) => [kind, abilities(path)]))).toEqual({
      ext4: all,
      xfs: all,
      btrfs: all,
      exfat: { links: false, hardLinks: false, case: false, wholeSeconds: true },
    });
  } finally {
    for (const one of mounted) await one[Symbol.asyncDispose]();
  }
});

test.for<FileSystemKind>(['ext4', 'xfs', 'btrfs'])(
  'after a power cut %s has what was synced, and an unsynced file is not what was written',
  async (kind, context) => {
    requireFileSystems(context, kind);
    await using mounted = await mountFileSystem(kind);
    const content = Buffer.alloc(200_000, 'x');
    mkdirSync(join(mounted.path, 'synced'));
    writeFileSync(join(mounted.path, 'synced/file'), content);
    execFileSync('sync', ['-f', mounted.path]);
    const isThere = await isWrittenUnsynced(async (attempt) => {
      const renamed = `renamed-${attempt}`;
      writeFileSync(join(mounted.path, 'lazy'), content);
      renameSync(join(mounted.path, 'lazy'), join(mounted.path, renamed));
      await using later = await mounted.afterPowerCut();
      expect(readFileSync(join(later.path, 'synced/file')).equals(content)).toBe(true);
      return can(() => expect(readFileSync(join(later.path, renamed)).equals(content)).toBe(true));
    });
    expect(isThere).toBe(false);
  },
);
