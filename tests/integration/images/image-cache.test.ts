import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, writeSync } from 'node:fs';
import { chmod, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { randomBytes, randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { createImageCache } from '../../../electron/services/images/create-image-cache.ts';
import { atOnce } from './at-once.ts';
import {
  diskImage,
  expectRefused,
  goldenImage,
  pack,
  problemOf,
  publish,
  sha256,
  withFolder,
  zip,
  needsXz,
} from './image-fixtures.ts';

beforeEach(needsXz);

const disk = diskImage();
const raw = sha256(disk);

describe('ensure', () => {
  const packed: Record<string, () => Buffer> = {
    raw: () => disk,
    gz: () => pack.gz(disk),
    zst: () => pack.zst(disk),
    xz: () => pack.xz(disk),
    'zip (deflate)': () => zip([{ name: 'disk.img', data: disk }]),
    'zip (store)': () => zip([{ name: 'disk.img', data: disk, method: 0 }]),
  };
  test.each(Object.entries(packed))(
    'brings %s into the cache, byte for byte, read-only',
    async (_, bytes) => {
      await withFolder(async (folder) => {
        const cache = createImageCache({ folder: join(folder, 'cache') });
        const { file, image } = await publish(folder, bytes());
        const seen: [number, number][] = [];
        const cached = await cache.ensure(image, {
          file,
          onProgress: (done, total) => seen.push([done, total]),
        });
        expect(cached).toEqual({
          path: join(folder, 'cache', `${raw}.img`),
          rawSha256: raw,
          size: disk.length,
        });
        expect((await readFile(cached.path)).equals(disk)).toBe(true);
        expect((await stat(cached.path)).mode & 0o777).toBe(process.platform === 'win32' ? 0o444 : 0o400);
        expect((await readdir(join(folder, 'cache'))).toSorted()).toEqual(
          [`${raw}.chunks`, `${raw}.img`, `${image.sha256}.json`].toSorted(),
        );
        const entry: unknown = JSON.parse(
          await readFile(join(folder, 'cache', `${image.sha256}.json`), 'utf8'),
        );
        expect(entry).toMatchObject({
          schema: 'sifaka.cached-image/1',
          fileSha256: image.sha256,
          rawSha256: raw,
          size: disk.length,
        });
        expect(await cache.find(image.sha256)).toEqual(cached);
        const [done, total] = seen.at(-1) ?? [];
        expect(done).toBe(total);
        expect(seen.every(([a, b], index) => a <= b && a >= (seen[index - 1]?.[0] ?? 0))).toBe(true);
      });
    },
  );

  test('answers from the cache when the published file is gone, and in a new process', async () => {
    await withFolder(async (folder) => {
      const { file, image } = await publish(folder, pack.gz(disk));
      const first = await createImageCache({ folder: join(folder, 'cache') }).ensure(image, { file });
      await rm(file);
      const later = createImageCache({ folder: join(folder, 'cache') });
      expect(await later.ensure(image, { file })).toEqual(first);
      expect((await later.verify(image.sha256, {})).rawSha256).toBe(raw);
    });
  });

  test('writes runs of zeros as holes', async (context) => {
    await withFolder(async (folder) => {
      const large = diskImage(4 * 1024 * 1024);
      large.fill(0, 4096, large.length - 4096);
      const { file, image } = await publish(folder, pack.gz(large));
      const { path } = await createImageCache({ folder: join(folder, 'cache') }).ensure(image, { file });
      const info = await stat(path);
      expect(info.size).toBe(large.length);
      expect((await readFile(path)).equals(large)).toBe(true);
      context.skip(process.platform === 'win32', 'NTFS makes no holes unless it is asked');
      expect(info.blocks * 512).toBeLessThan(large.length / 8);
    });
  });

  test('an image that ends in zeros keeps its length', async () => {
    await withFolder(async (folder) => {
      const tail = diskImage();
      tail.fill(0, tail.length - 70_000);
      const { file, image } = await publish(folder, pack.zst(tail));
      const { path } = await createImageCache({ folder: join(folder, 'cache') }).ensure(image, { file });
      expect((await readFile(path)).equals(tail)).toBe(true);
    });
  });

  const mebibyte = 1024 * 1024;
  test.each([
    ['in its data', 600],
    ['in a hole', 6 * mebibyte],
  ])('what the disk gives back differently gets no name (%s)', async (_, offset) => {
    await withFolder(async (folder) => {
      const large = diskImage(20 * mebibyte);
      large.fill(0, 4 * mebibyte, 12 * mebibyte);
      const { file, image } = await publish(folder, large);
      const cacheFolder = join(folder, 'cache');
      // With the last megabyte still to come, the first ones are on disk already: there a bit changes behind our back.
      const onProgress = (done: number, total: number): void => {
        if (done < total) return;
        const [partial] = readdirSync(cacheFolder);
        const descriptor = openSync(join(cacheFolder, partial ?? ''), 'r+');
        writeSync(descriptor, Buffer.from('changed'), 0, 7, offset);
        closeSync(descriptor);
      };
      const attempt = createImageCache({ folder: cacheFolder }).ensure(image, { file, onProgress });
      await expectRefused(attempt, 'CACHE_UNWRITABLE', cacheFolder);
    });
  });

  test('the wrong digest is refused before anything has a name', async () => {
    await withFolder(async (folder) => {
      const cacheFolder = join(folder, 'cache');
      for (const bytes of [
        disk,
        pack.gz(disk),
        pack.zst(disk),
        pack.xz(disk),
        zip([{ name: 'a', data: disk }]),
      ]) {
        const { file } = await publish(folder, bytes);
        const attempt = createImageCache({ folder: cacheFolder }).ensure(goldenImage('0'.repeat(64)), {
          file,
        });
        const problem = await expectRefused(attempt, 'IMAGE_DIGEST_MISMATCH', cacheFolder);
        expect(problem.data.what).toContain(sha256(bytes));
      }
    });
  });

  test('a missing file, a folder and a broken link are no image file', async () => {
    await withFolder(async (folder) => {
      const cacheFolder = join(folder, 'cache');
      const cache = createImageCache({ folder: cacheFolder });
      await symlink(join(folder, 'nowhere'), join(folder, 'link'));
      for (const file of [join(folder, 'absent'), folder, join(folder, 'link')]) {
        await expectRefused(cache.ensure(goldenImage(raw), { file }), 'IMAGE_FILE_MISSING', cacheFolder);
        expect((await problemOf(cache.digestFile(file, {}))).code).toBe('IMAGE_FILE_MISSING');
      }
    });
  });

  test('a file name with terminal escapes reaches no screen as such', async () => {
    await withFolder(async (folder) => {
      const problem = await problemOf(
        createImageCache({ folder }).ensure(goldenImage(raw), {
          file: join(folder, '\u001b]0;owned\u0007\u202e'),
        }),
      );
      expect(problem.data.what).not.toMatch(/[\u001b\u0007\u202e]/);
    });
  });

  test('a cache folder that is a file is a coded problem', async () => {
    await withFolder(async (folder) => {
      const { file, image } = await publish(folder, disk);
      await writeFile(join(folder, 'cache'), '');
      expect(
        (await problemOf(createImageCache({ folder: join(folder, 'cache') }).ensure(image, { file }))).code,
      ).toBe('CACHE_UNWRITABLE');
    });
  });
});

describe('cancelling', () => {
  test.each(['gz', 'zst', 'xz', 'raw', 'zip', 'xz by the library'])(
    'leaves nothing behind (%s)',
    async (name) => {
      await withFolder(async (folder) => {
        // Several chunks of the published file, so that the run is cancelled in its middle.
        const large = diskImage(6 * 1024 * 1024);
        const bytes = new Map<string, () => Buffer>([
          ['gz', () => pack.gz(large, { level: 1 })],
          ['zst', () => pack.zst(large)],
          ['xz', () => pack.xz(large)],
          ['zip', () => zip([{ name: 'a', data: large, method: 0 }])],
          ['xz by the library', () => pack.xz(large)],
        ]).get(name)?.();
        const { file, image } = await publish(folder, bytes ?? large);
        const cacheFolder = join(folder, 'cache');
        const cache = createImageCache({
          folder: cacheFolder,
          xz: name.endsWith('library') ? 'library' : 'system',
        });
        const abort = new AbortController();
        const attempt = cache.ensure(image, { file, signal: abort.signal, onProgress: () => abort.abort() });
        await expectRefused(attempt, 'CANCELLED', cacheFolder);
        // Nothing is held that would keep the next run from its turn.
        expect((await cache.ensure(image, { file })).rawSha256).toBe(sha256(large));
      });
    },
  );

  test('before the start, and while a digest is made', async () => {
    await withFolder(async (folder) => {
      const { file, image } = await publish(folder, disk);
      const cache = createImageCache({ folder });
      const signal = AbortSignal.abort();
      expect((await problemOf(cache.ensure(image, { file, signal }))).code).toBe('CANCELLED');
      expect((await problemOf(cache.digestFile(file, { signal }))).code).toBe('CANCELLED');
      await cache.ensure(image, { file });
      expect((await problemOf(cache.verify(image.sha256, { signal }))).code).toBe('CANCELLED');
      expect(await cache.find(image.sha256)).toBeDefined();
    });
  });
});

describe('find and verify', () => {
  test('find needs the entry and a file of its size; verify reads every byte', async () => {
    await withFolder(async (folder) => {
      const { file, image } = await publish(folder, pack.gz(disk));
      const cacheFolder = join(folder, 'cache');
      const cache = createImageCache({ folder: cacheFolder });
      expect(await cache.find(image.sha256)).toBeUndefined();
      expect((await problemOf(cache.verify(image.sha256, {}))).code).toBe('IMAGE_UNKNOWN');

      const { path } = await cache.ensure(image, { file });
      await chmod(path, 0o600);
      const changed = Buffer.from(disk);
      changed[disk.length - 5] = (changed[disk.length - 5] ?? 0) ^ 1;
      await writeFile(path, changed);
      expect(await cache.find(image.sha256)).toBeDefined();
      expect((await problemOf(cache.verify(image.sha256, {}))).code).toBe('IMAGE_CORRUPT');
      expect(await readdir(cacheFolder)).toEqual([]);
      expect(await cache.find(image.sha256)).toBeUndefined();

      await cache.ensure(image, { file });
      await chmod(path, 0o600);
      await writeFile(path, disk.subarray(512));
      expect(await cache.find(image.sha256)).toBeUndefined();
      expect((await cache.ensure(image, { file })).rawSha256).toBe(raw);
      expect((await cache.verify(image.sha256, {})).rawSha256).toBe(raw);
    });
  });

  test('an entry that is no entry counts as none, and ensure mends it', async () => {
    await withFolder(async (folder) => {
      const { file, image } = await publish(folder, pack.gz(disk));
      const cacheFolder = join(folder, 'cache');
      const cache = createImageCache({ folder: cacheFolder });
      await cache.ensure(image, { file });
      const entry = join(cacheFolder, `${image.sha256}.json`);
      const whole = JSON.parse(await readFile(entry, 'utf8')) as Record<string, unknown>;
      for (const text of [
        '',
        '{',
        JSON.stringify({ ...whole, rawSha256: '../../etc/passwd' }),
        JSON.stringify({ ...whole, fileSha256: raw }),
      ]) {
        await writeFile(entry, text);
        expect(await cache.find(image.sha256)).toBeUndefined();
      }
      expect((await problemOf(cache.verify(image.sha256, {}))).code).toBe('IMAGE_CORRUPT');
      await cache.ensure(image, { file });
      expect(await cache.find(image.sha256)).toBeDefined();
      expect(await cache.find(`../cache/${image.sha256}`)).toBeUndefined();
    });
  });

  test('a link in place of the image is not followed', async (context) => {
    context.skip(process.platform === 'win32', 'links need a privilege there');
    await withFolder(async (folder) => {
      const { file, image } = await publish(folder, disk);
      const cache = createImageCache({ folder: join(folder, 'cache') });
      const { path } = await cache.ensure(image, { file });
      await rm(path);
      await symlink(file, path);
      expect(await cache.find(image.sha256)).toBeUndefined();
    });
  });

  test('digestFile answers the digest of the file as it is', async () => {
    await withFolder(async (folder) => {
      const { file, image } = await publish(folder, pack.gz(disk));
      expect(await createImageCache({ folder }).digestFile(file, {})).toBe(image.sha256);
    });
  });
});

describe('several runs', () => {
  test('two processes that need the same image at once are both right', async () => {
    await withFolder(async (folder) => {
      const { file, image } = await publish(folder, pack.gz(diskImage(3 * 1024 * 1024)));
      const cacheFolder = join(folder, 'cache');
      const results = await atOnce(
        3,
        cacheFolder,
        `console.log((await cache.ensure(${JSON.stringify(image)}, { file: ${JSON.stringify(file)} })).rawSha256);`,
      );
      const cached = await createImageCache({ folder: cacheFolder }).verify(image.sha256, {});
      for (const { code, output } of results) {
        expect(code).toBe(0);
        expect(output).toContain(cached.rawSha256);
      }
      expect((await readdir(cacheFolder)).toSorted()).toEqual(
        [`${cached.rawSha256}.chunks`, `${cached.rawSha256}.img`, `${image.sha256}.json`].toSorted(),
      );
    });
  });

  test('what dead runs left is removed, what others write is not', async () => {
    await withFolder(async (folder) => {
      const { file, image } = await publish(folder, disk);
      const cacheFolder = join(folder, 'cache');
      const machine = sha256(Buffer.from(hostname())).slice(0, 8);
      await createImageCache({ folder: cacheFolder }).ensure(image, { file });
      const ended = spawn(process.execPath, ['-e', '']);
      await once(ended, 'close');
      const name = (host: string, pid: number): string =>
        join(cacheFolder, `.partial-${host}-${pid}-${randomUUID()}`);
      const dead = name(machine, ended.pid ?? 0);
      const alive = name(machine, process.pid);
      const elsewhere = name('00000000', ended.pid ?? 0);
      const old = name(machine, process.pid);
      const foreign = join(cacheFolder, '.partial-notes.txt');
      for (const path of [dead, alive, elsewhere, old, foreign]) await writeFile(path, randomBytes(16));
      const twoDaysAgo = new Date(Date.now() - 2 * 24 * 3600 * 1000);
      await utimes(old, twoDaysAgo, twoDaysAgo);
      await utimes(foreign, twoDaysAgo, twoDaysAgo);
      const another = await publish(folder, pack.gz(disk));
      await createImageCache({ folder: cacheFolder }).ensure(another.image, { file: another.file });
      const left = (await readdir(cacheFolder)).filter((entry) => entry.startsWith('.partial-'));
      expect(left.map((entry) => join(cacheFolder, entry)).toSorted()).toEqual(
        [alive, elsewhere, foreign].toSorted(),
      );
    });
  });
});
