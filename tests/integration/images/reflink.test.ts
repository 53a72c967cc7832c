import { execFileSync } from 'node:child_process';
import { mkdir, readdir, statfs, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createImageCache } from '../../../electron/services/images/create-image-cache.ts';
import { loopControl } from '../../rig/loop-numbers.ts';
import { requireTools, unproven } from '../../rig/required-tools.ts';
import { diskImage, goldenImage, problemOf, publish, sha256, withFolder } from './image-fixtures.ts';

const mkfs = 'mkfs.btrfs';

test('on a file system with reflinks a raw image is cloned: it needs no room of its own, and is checked all the same', async (context) => {
  requireTools(context, 'flock', mkfs);
  if (process.getuid?.() !== 0) unproven(context, 'mounting a btrfs image needs root');
  await withFolder(async (folder) => {
    const disk = join(folder, 'btrfs.img');
    const mount = join(folder, 'mount');
    await mkdir(mount);
    await writeFile(disk, '');
    await truncate(disk, 160 * 1024 * 1024);
    execFileSync(mkfs, ['-q', disk], { stdio: 'pipe' });
    try {
      execFileSync('flock', [loopControl, 'mount', '-o', 'loop', disk, mount], { stdio: 'pipe' });
    } catch {
      unproven(context, 'this machine mounts no btrfs');
    }
    try {
      const content = diskImage(64 * 1024 * 1024);
      const { file, image } = await publish(mount, content);
      execFileSync('sync', ['-f', mount]);
      const { bavail, bsize } = await statfs(mount);
      // A copy would not fit any more.
      await writeFile(join(mount, 'other'), Buffer.alloc(Math.max(bavail * bsize - 24 * 1024 * 1024, 0), 1));
      const cacheFolder = join(mount, 'cache');
      const cache = createImageCache({ folder: cacheFolder });
      expect((await problemOf(cache.ensure(goldenImage('0'.repeat(64)), { file }))).code).toBe(
        'IMAGE_DIGEST_MISMATCH',
      );
      expect(await readdir(cacheFolder)).toEqual([]);
      expect((await cache.ensure(image, { file })).rawSha256).toBe(sha256(content));
      expect((await cache.verify(image.sha256, {})).size).toBe(content.length);
    } finally {
      execFileSync('umount', [mount]);
    }
  });
});
