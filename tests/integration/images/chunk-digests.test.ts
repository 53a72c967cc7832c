import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { createImageCache } from '../../../electron/services/images/create-image-cache.ts';
import type { CachedImage } from '../../../electron/services/images/image-cache.ts';
import { systemErrorCode } from '../../../electron/services/durable/system-error.ts';
import type { GoldenImage } from '../../../shared/schemas/inventory.ts';
import { unproven } from '../../rig/required-tools.ts';
import { atOnce } from './at-once.ts';
import { diskImage, needsXz, pack, problemOf, publish, sha256, withFolder, zip } from './image-fixtures.ts';

beforeEach(needsXz);

const chunkSize = 4 * 1024 * 1024;
/** Three chunks and a part: data, partly a hole, nothing but a hole, and the end. */
const disk = diskImage(3 * chunkSize + 40 * 1024);
disk.fill(0, chunkSize + 1000, 3 * chunkSize);
const expected = {
  chunkSize,
  digests: [0, 1, 2, 3].map((index) => sha256(disk.subarray(index * chunkSize, (index + 1) * chunkSize))),
};

interface CachedDisk {
  readonly cacheFolder: string;
  readonly image: GoldenImage;
  readonly cached: CachedImage;
  /** Paths of the chunk digests and of the entry. */
  readonly index: string;
  readonly entry: string;
}

async function withCachedDisk(run: (disk: CachedDisk) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const cacheFolder = join(folder, 'cache');
    await run(await putIntoCache(folder, cacheFolder));
  });
}

async function putIntoCache(folder: string, cacheFolder: string): Promise<CachedDisk> {
  const { file, image } = await publish(folder, pack.zst(disk));
  const cached = await createImageCache({ folder: cacheFolder }).ensure(image, { file });
  return {
    cacheFolder,
    image,
    cached,
    index: join(cacheFolder, `${cached.rawSha256}.chunks`),
    entry: join(cacheFolder, `${image.sha256}.json`),
  };
}

/** As a Sifaka wrote it that knew of no chunk digests. */
async function makeOlder({ entry, index }: CachedDisk): Promise<void> {
  const { chunksSha256, ...older } = JSON.parse(await readFile(entry, 'utf8')) as Record<string, unknown>;
  expect(chunksSha256).toMatch(/^[0-9a-f]{64}$/);
  await writeFile(entry, JSON.stringify(older));
  await rm(index);
}

/** Changes a byte of the cached image, which only reading it can tell. */
async function damage({ path }: CachedImage): Promise<void> {
  const changed = await readFile(path);
  changed[chunkSize * 2] = 1;
  await chmod(path, 0o600);
  await writeFile(path, changed);
}

describe('the digests of a cached image’s chunks', () => {
  const packed: Record<string, () => Buffer> = {
    raw: () => disk,
    gz: () => pack.gz(disk, { level: 1 }),
    zst: () => pack.zst(disk),
    xz: () => pack.xz(disk),
    zip: () => zip([{ name: 'disk.img', data: disk }]),
  };
  test.each(Object.entries(packed))('are made when it is put there (%s)', async (_, bytes) => {
    await withFolder(async (folder) => {
      const { file, image } = await publish(folder, bytes());
      const cache = createImageCache({ folder: join(folder, 'cache') });
      const { path } = await cache.ensure(image, { file });
      // Its content is gone: they can only come from what was kept.
      await chmod(path, 0o600);
      await writeFile(path, Buffer.alloc(disk.length));
      expect(await cache.chunks(image.sha256, {})).toEqual(expected);
    });
  });

  test('are those of no image that is not cached', async () => {
    await withCachedDisk(async ({ cacheFolder, image, cached }) => {
      const cache = createImageCache({ folder: cacheFolder });
      expect((await problemOf(cache.chunks('0'.repeat(64), {}))).code).toBe('IMAGE_UNKNOWN');
      await rm(cached.path);
      expect((await problemOf(cache.chunks(image.sha256, {}))).code).toBe('IMAGE_UNKNOWN');
    });
  });

  test('are removed with an image that is damaged', async () => {
    await withCachedDisk(async ({ cacheFolder, image, cached }) => {
      await damage(cached);
      const cache = createImageCache({ folder: cacheFolder });
      expect((await problemOf(cache.verify(image.sha256, {}))).code).toBe('IMAGE_CORRUPT');
      expect(await readdir(cacheFolder)).toEqual([]);
    });
  });
});

describe('digests that are damaged, forged or missing', () => {
  const ways: Record<string, (index: string, whole: Buffer) => Promise<void>> = {
    'a changed bit': async (index, whole) => {
      whole[40] = (whole[40] ?? 0) ^ 1;
      await writeFile(index, whole);
    },
    'another image’s': (index, whole) => writeFile(index, Buffer.alloc(whole.length, 7)),
    'one too few': (index, whole) => writeFile(index, whole.subarray(32)),
    nothing: (index) => writeFile(index, ''),
    'no file': (index) => rm(index),
    'a folder': async (index) => {
      await rm(index);
      await mkdir(index);
    },
  };
  test.each(Object.entries(ways))('are computed again from the image (%s)', async (_, change) => {
    await withCachedDisk(async ({ cacheFolder, image, index }) => {
      const whole = await readFile(index);
      await change(index, Buffer.from(whole));
      expect(await createImageCache({ folder: cacheFolder }).chunks(image.sha256, {})).toEqual(expected);
      if ((await stat(index)).isFile()) expect(await readFile(index)).toEqual(whole);
    });
  });

  test('a link to other digests is not believed', async (context) => {
    context.skip(process.platform === 'win32', 'links need a privilege there');
    await withCachedDisk(async ({ cacheFolder, image, index }) => {
      const other = join(cacheFolder, 'other');
      await writeFile(other, await readFile(index));
      await rm(index);
      await symlink(other, index);
      expect(await createImageCache({ folder: cacheFolder }).chunks(image.sha256, {})).toEqual(expected);
      expect(
        (await readdir(cacheFolder, { withFileTypes: true })).filter((one) => one.isSymbolicLink()),
      ).toEqual([]);
    });
  });

  test('they do not hide that the image is damaged', async () => {
    await withCachedDisk(async ({ cacheFolder, image, cached, index }) => {
      await damage(cached);
      await rm(index);
      const cache = createImageCache({ folder: cacheFolder });
      expect((await problemOf(cache.chunks(image.sha256, {}))).code).toBe('IMAGE_CORRUPT');
      expect(await readdir(cacheFolder)).toEqual([]);
    });
  });
});

describe('an image that an older Sifaka put into the cache', () => {
  test('is read once, whole, and its digests are kept', async () => {
    await withCachedDisk(async (cachedDisk) => {
      const { cacheFolder, image, cached, index, entry } = cachedDisk;
      const [wholeIndex, wholeEntry] = [await readFile(index), await readFile(entry, 'utf8')];
      await makeOlder(cachedDisk);
      const cache = createImageCache({ folder: cacheFolder });
      expect(await cache.find(image.sha256)).toEqual(cached);
      expect(await cache.chunks(image.sha256, {})).toEqual(expected);
      expect(await readFile(index)).toEqual(wholeIndex);
      expect(JSON.parse(await readFile(entry, 'utf8'))).toEqual(JSON.parse(wholeEntry));
      // What is asked for now comes from what was kept.
      await damage(cached);
      expect(await cache.chunks(image.sha256, {})).toEqual(expected);
    });
  });

  test('is removed when it is not what its name says', async () => {
    await withCachedDisk(async (cachedDisk) => {
      const { cacheFolder, image, cached } = cachedDisk;
      await makeOlder(cachedDisk);
      await damage(cached);
      const cache = createImageCache({ folder: cacheFolder });
      expect((await problemOf(cache.chunks(image.sha256, {}))).code).toBe('IMAGE_CORRUPT');
      expect(await readdir(cacheFolder)).toEqual([]);
      expect(await cache.find(image.sha256)).toBeUndefined();
    });
  });

  test('reading it can be cancelled, and changes nothing', async () => {
    await withCachedDisk(async (cachedDisk) => {
      const { cacheFolder, image } = cachedDisk;
      await makeOlder(cachedDisk);
      const before = await readdir(cacheFolder);
      const cache = createImageCache({ folder: cacheFolder });
      const signal = AbortSignal.abort();
      expect((await problemOf(cache.chunks(image.sha256, { signal }))).code).toBe('CANCELLED');
      expect(await readdir(cacheFolder)).toEqual(before);
    });
  });

  test('several processes that ask at once get the same', async () => {
    await withCachedDisk(async (cachedDisk) => {
      const { cacheFolder, image, cached } = cachedDisk;
      await makeOlder(cachedDisk);
      const results = await atOnce(
        3,
        cacheFolder,
        `console.log(JSON.stringify(await cache.chunks(${JSON.stringify(image.sha256)}, {})));`,
      );
      for (const { code, output } of results) {
        expect(code).toBe(0);
        expect(JSON.parse(output.replace('ready', ''))).toEqual(expected);
      }
      expect((await readdir(cacheFolder)).toSorted()).toEqual(
        [`${cached.rawSha256}.chunks`, `${cached.rawSha256}.img`, `${image.sha256}.json`].toSorted(),
      );
      expect(await createImageCache({ folder: cacheFolder }).chunks(image.sha256, {})).toEqual(expected);
    });
  });

  test('on a full disk its digests are right all the same, and kept when there is room', async (context) => {
    if (process.platform !== 'linux' || process.getuid?.() !== 0)
      unproven(context, 'a small tmpfs needs root on Linux');
    await withFolder(async (folder) => {
      const mount = join(folder, 'mount');
      await mkdir(mount);
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'sifaka-test', mount], { stdio: 'pipe' });
      } catch {
        unproven(context, 'this machine lets even root mount no tmpfs');
      }
      try {
        const cachedDisk = await putIntoCache(folder, join(mount, 'cache'));
        await makeOlder(cachedDisk);
        const before = await readdir(cachedDisk.cacheFolder);
        const other = join(mount, 'other');
        try {
          writeFileSync(other, Buffer.alloc(16 * 1024 * 1024, 1));
        } catch (error) {
          expect(systemErrorCode(error)).toBe('ENOSPC');
        }
        const cache = createImageCache({ folder: cachedDisk.cacheFolder });
        expect(await cache.chunks(cachedDisk.image.sha256, {})).toEqual(expected);
        expect(await readdir(cachedDisk.cacheFolder)).toEqual(before);
        await rm(other);
        expect(await cache.chunks(cachedDisk.image.sha256, {})).toEqual(expected);
        expect((await stat(cachedDisk.index)).size).toBe(4 * 32);
      } finally {
        execFileSync('umount', [mount]);
      }
    });
  });
});
