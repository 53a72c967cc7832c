import { spawn } from 'node:child_process';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bytes, expectProblem, withPlace } from './secret-fixtures.ts';

test('is HMAC-SHA256 under a key of this installation, the same for a stream of parts, and stays', async () => {
  await withPlace(async (place) => {
    const digest = await place.store().keyedDigest(bytes('guessable'));
    const key = await readFile(join(place.root, 'data', 'digest.key'));
    expect(key).toHaveLength(32);
    expect(digest).toBe(`hmac-sha256:${createHmac('sha256', key).update('guessable').digest('hex')}`);
    expect(digest).not.toContain(createHash('sha256').update('guessable').digest('hex'));
    const hash = await place.store().keyedHash();
    hash.update(bytes('guess'));
    hash.update(bytes('able'));
    expect(hash.digest()).toBe(digest);
    if (process.platform !== 'win32')
      expect((await stat(join(place.root, 'data', 'digest.key'))).mode & 0o777).toBe(0o600);
    expect(await readdir(join(place.root, 'data'))).toEqual(['digest.key']);
  });
});

test('another installation has another key', async () => {
  await withPlace(async (here) => {
    await withPlace(async (there) => {
      expect(await here.store().keyedDigest(bytes('x'))).not.toBe(
        await there.store().keyedDigest(bytes('x')),
      );
    });
  });
});

test('processes that make the key at once agree on it', async () => {
  await withPlace(async (place) => {
    const module = new URL('../../../electron/services/secrets/digest-key.ts', import.meta.url).href;
    const file = join(place.root, 'data', 'digest.key');
    const program = `
      const { readOrCreateDigestKey } = await import(${JSON.stringify(module)});
      process.stdin.once('data', async () => {
        console.log((await readOrCreateDigestKey(${JSON.stringify(file)})).toString('hex'));
        process.stdin.destroy();
      });
      console.log('ready');`;
    const runs = Array.from({ length: 4 }, () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      let output = '';
      const ready = new Promise<void>((resolve) => {
        child.stdout.setEncoding('utf8').on('data', (text: string) => {
          output += text;
          if (output.includes('ready')) resolve();
        });
      });
      return { child, ready, ended: once(child, 'close').then(() => output.replace('ready', '').trim()) };
    });
    await Promise.all(runs.map(async ({ ready }) => await ready));
    for (const { child } of runs) child.stdin.end('go');
    const keys = new Set(await Promise.all(runs.map(async ({ ended }) => await ended)));
    expect([...keys]).toEqual([(await readFile(file)).toString('hex')]);
    expect(await readdir(join(place.root, 'data'))).toEqual(['digest.key']);
    // In one process, too.
    await withPlace(async (fresh) => {
      const digests = await Promise.all(
        [1, 2, 3, 4].map(async () => await fresh.store().keyedDigest(bytes('x'))),
      );
      expect(new Set(digests).size).toBe(1);
    });
  });
});

test('a key that was cut, is readable by others or cannot be made is not used', async () => {
  await withPlace(async (place) => {
    const file = join(place.root, 'data', 'digest.key');
    await mkdir(join(place.root, 'data'));
    const short = randomBytes(31);
    await writeFile(file, short, { mode: 0o600 });
    await expectProblem(place.store().keyedDigest(bytes('x')), 'KEY_FILE_UNUSABLE');
    expect((await readFile(file)).equals(short)).toBe(true);
    await writeFile(file, randomBytes(32));
    if (process.platform !== 'win32') {
      await chmod(file, 0o644);
      expect(
        (await expectProblem(place.store().keyedDigest(bytes('x')), 'KEY_FILE_UNUSABLE')).data.next,
      ).toContain('chmod 600');
      await chmod(file, 0o600);
    }
    const store = place.store();
    await store.keyedDigest(bytes('x'));
    await writeFile(join(place.root, 'blocked'), '');
    const blocked = place.store({ folders: { config: place.root, data: join(place.root, 'blocked') } });
    await expectProblem(blocked.keyedDigest(bytes('x')), 'KEY_FILE_UNUSABLE');
  });
});
