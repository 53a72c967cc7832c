import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test, type TestContext } from 'vitest';
import { createImageCache } from '../../../electron/services/images/create-image-cache.ts';
import { systemErrorCode } from '../../../electron/services/durable/system-error.ts';
import { unproven } from '../../rig/required-tools.ts';
import {
  diskImage,
  expectRefused,
  pack,
  problemOf,
  publish,
  sha256,
  withFolder,
  zip,
  needsXz,
} from './image-fixtures.ts';

beforeEach(needsXz);

/** A disk of 4 MiB of its own, for as long as `run` takes. */
async function withSmallDisk(
  context: TestContext,
  run: (mount: string, folder: string) => Promise<void>,
): Promise<void> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    unproven(context, 'a small tmpfs needs root on Linux');
  await withFolder(async (folder) => {
    const mount = join(folder, 'mount');
    await mkdir(mount);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'sifaka-test', mount], { stdio: 'pipe' });
    } catch {
      unproven(context, 'this machine lets even root mount no tmpfs');
    }
    try {
      await run(mount, folder);
    } finally {
      execFileSync('umount', [mount]);
    }
  });
}

/** As much of 3 MiB as there is room for. */
function fillUp(file: string): void {
  try {
    writeFileSync(file, Buffer.alloc(3 * 1024 * 1024, 1));
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOSPC') throw error;
  }
}

const disk = diskImage(3 * 1024 * 1024);
const published: [string, () => Buffer][] = [
  ['raw', () => disk],
  ['gz', () => pack.gz(disk)],
  ['zst', () => pack.zst(disk)],
  ['xz', () => pack.xz(disk)],
  ['zip', () => zip([{ name: 'disk.img', data: disk }])],
];

for (const [format, bytes] of published) {
  test(`a disk that runs full in the middle is CACHE_FULL, and nothing of the image stays (${format})`, async (context) => {
    await withSmallDisk(context, async (mount, folder) => {
      const { file, image } = await publish(folder, bytes());
      const cacheFolder = join(mount, 'cache');
      const cache = createImageCache({ folder: cacheFolder });
      // Room for the image when it starts; somebody else's file takes it with the first progress.
      const other = join(mount, 'other');
      const onProgress = (): void => fillUp(other);
      const problem = await problemOf(cache.ensure(image, { file, onProgress }));
      expect(problem.code).toBe('CACHE_FULL');
      expect(await readdir(cacheFolder)).toEqual([]);

      await rm(other);
      if (format === 'zip') return;
      expect((await cache.ensure(image, { file })).rawSha256).toBe(sha256(disk));
    });
  });
}

test('a small file that would unpack to more than the disk has is refused, zeros or not', async (context) => {
  await withSmallDisk(context, async (mount, folder) => {
    const cacheFolder = join(mount, 'cache');
    const bomb = diskImage(16 * 1024 * 1024);
    bomb.fill(0, 512);
    for (const packed of [pack.gz(bomb), pack.zst(bomb), pack.xz(bomb), zip([{ name: 'a', data: bomb }])]) {
      const { file, image } = await publish(folder, packed);
      expect(packed.length).toBeLessThan(100_000);
      await expectRefused(
        createImageCache({ folder: cacheFolder }).ensure(image, { file }),
        'CACHE_FULL',
        cacheFolder,
      );
    }
  });
});

test('a cache that cannot be written is CACHE_UNWRITABLE', async (context) => {
  await withSmallDisk(context, async (mount, folder) => {
    const { file, image } = await publish(folder, disk);
    const cacheFolder = join(mount, 'cache');
    await mkdir(cacheFolder);
    execFileSync('mount', ['-o', 'remount,ro', mount]);
    await expectRefused(
      createImageCache({ folder: cacheFolder }).ensure(image, { file }),
      'CACHE_UNWRITABLE',
      cacheFolder,
    );
  });
});
