import { execFileSync, spawn } from 'node:child_process';
import {
  chmod,
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  realpath,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfinedFolder } from '../../../electron/services/lab/confined-folder.ts';
import { asProblem } from '../../../shared/problem.ts';
import { problemOf, withLab } from './lab-fixtures.ts';

const onWindows = process.platform === 'win32';

describe('a path given to the lab', () => {
  test('is read, resolved and listed when it is inside', async () => {
    await withLab(
      {
        'metis/hooks/b': 'two',
        'metis/hooks/a': 'one',
        'metis/hooks/.hidden': 'x',
        'metis/hooks/sub/c': 'y',
      },
      async (at) => {
        const lab = await at.open();
        expect(Buffer.from(await lab.readBytes('metis/hooks/a', 3)).toString()).toBe('one');
        expect(await lab.resolve('metis/hooks/a')).toBe(join(await realpath(at.root), 'metis', 'hooks', 'a'));
        expect(await lab.listFiles('metis/hooks')).toEqual(['a', 'b']);
        expect(await lab.listFiles('metis/nothing')).toEqual([]);
      },
    );
  });

  test.each([
    '../outside.txt',
    '/etc/hostname',
    'metis/../../outside.txt',
    'C:/x',
    'metis\\a',
    'a\0b',
    'a\nb',
  ])('that leads out is refused everywhere: %j', async (path) => {
    await withLab({ 'metis/a': 'x' }, async (at) => {
      await writeFile(join(at.folder, 'outside.txt'), 'outside');
      const lab = await at.open();
      for (const attempt of [
        () => lab.readBytes(path, 100),
        () => lab.resolve(path),
        () => lab.listFiles(path),
        () => lab.writeBytes(path, Buffer.from('x'), {}),
        () => lab.get(path, ''),
        () => lab.set({ file: path, pointer: '/a', value: 1 }),
      ]) {
        expect((await problemOf(attempt())).code).toBe('LAB_PATH_ESCAPES');
      }
      expect(await readFile(join(at.folder, 'outside.txt'), 'utf8')).toBe('outside');
    });
  });

  test.skipIf(onWindows)('through a link is followed inside the lab and refused outside', async () => {
    await withLab({ 'shared/motd': 'hello', 'metis/a': 'x' }, async (at) => {
      await writeFile(join(at.folder, 'secret'), 'outside');
      await mkdir(join(at.folder, 'others'));
      await writeFile(join(at.folder, 'others', 'secret'), 'outside');
      await symlink('../shared/motd', join(at.root, 'metis', 'inside'));
      await symlink('../../secret', join(at.root, 'metis', 'out'));
      await symlink(join(at.folder, 'others'), join(at.root, 'metis', 'folder'));
      await symlink('../../lab-other', join(at.root, 'metis', 'dangling'));
      await symlink('circle', join(at.root, 'metis', 'circle'));
      await symlink('../..', join(at.root, 'metis', 'up'));
      await mkdir(join(at.folder, 'lab-other'));
      const lab = await at.open();

      expect(Buffer.from(await lab.readBytes('metis/inside', 100)).toString()).toBe('hello');
      for (const path of [
        'metis/out',
        'metis/folder/secret',
        'metis/folder',
        'metis/dangling',
        'metis/circle',
      ]) {
        expect((await problemOf(lab.readBytes(path, 100))).code, path).toBe('LAB_PATH_ESCAPES');
        expect((await problemOf(lab.writeBytes(path, Buffer.from('x'), {}))).code, path).toBe(
          'LAB_PATH_ESCAPES',
        );
      }
      for (const path of ['metis/folder', 'metis/up']) {
        expect((await problemOf(lab.listFiles(path))).code).toBe('LAB_PATH_ESCAPES');
      }
      expect((await problemOf(lab.writeBytes('metis/folder/new/deep', Buffer.from('x'), {}))).code).toBe(
        'LAB_PATH_ESCAPES',
      );
      expect(await readdir(join(at.folder, 'others'))).toEqual(['secret']);
      expect(await readFile(join(at.folder, 'secret'), 'utf8')).toBe('outside');
      // A write through a link inside changes what it leads to, and the link stays one.
      await lab.writeBytes('metis/inside', Buffer.from('bye'), {});
      expect(await at.read('shared/motd')).toBe('bye');
      expect((await lstat(join(at.root, 'metis', 'inside'))).isSymbolicLink()).toBe(true);
    });
  });

  test.skipIf(onWindows)('to something that is no ordinary file is refused at once', async () => {
    await withLab({ 'metis/a': 'x' }, async (at) => {
      execFileSync('mkfifo', [join(at.root, 'metis', 'pipe')]);
      const lab = await at.open();
      for (const path of ['metis/pipe', 'metis', '']) {
        expect((await problemOf(lab.readBytes(path, 100))).code, path).toBe('LAB_FILE_INVALID');
        expect((await problemOf(lab.resolve(path))).code, path).toBe('LAB_FILE_INVALID');
      }
    });
  });

  test('to a missing file or one that is too large says so', async () => {
    await withLab({ 'metis/a': '12345' }, async (at) => {
      const lab = await at.open();
      expect((await problemOf(lab.readBytes('metis/b', 100))).code).toBe('LAB_FILE_MISSING');
      expect((await problemOf(lab.resolve('metis/a/b'))).code).toBe('LAB_FILE_MISSING');
      expect((await problemOf(lab.readBytes('metis/a', 4))).what).toBe('metis/a is larger than 4 bytes.');
      expect((await lab.readBytes('metis/a', 5)).length).toBe(5);
    });
  });

  /**
   * Another process keeps swapping the folder for a link to a folder outside, between any check and any use. Every
   * answer is allowed but the content from outside, and nothing may be written there.
   */
  test.skipIf(process.platform !== 'linux')(
    'is not followed out by a folder that is swapped for a link meanwhile',
    async () => {
      await withLab({ 'place/file': 'inside' }, async (at) => {
        const outside = join(at.folder, 'outside');
        await mkdir(outside);
        await writeFile(join(outside, 'file'), 'outside');
        await symlink(outside, join(at.root, 'link'));
        const swap = `
        const { renameSync, rmSync } = require('node:fs');
        process.chdir(process.argv[1]);
        // A write in between may have made the folder anew.
        const move = (from, to) => {
          for (;;) {
            try { return renameSync(from, to); } catch { try { rmSync(to, { recursive: true, force: true }); } catch {} }
          }
        };
        process.stdout.write('ready');
        for (;;) { move('place', 'away'); move('link', 'place'); move('place', 'link'); move('away', 'place'); }`;
        const swapper = spawn(process.execPath, ['-e', swap, at.root], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const closed = once(swapper, 'close');
        try {
          await once(swapper.stdout, 'data');
          const lab = await at.open();
          const seen = new Map<string, number>();
          for (let round = 0; round < 1500; round += 1) {
            const outcome = await lab
              .readBytes('place/file', 100)
              .then((bytes) => Buffer.from(bytes).toString())
              .catch((error: unknown) => asProblem(error)?.code ?? String(error));
            seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
            if (round % 10 !== 0) continue;
            await lab.writeBytes('place/new', Buffer.from('x'), {}).catch((error: unknown) => {
              if (!asProblem(error)) throw error;
            });
          }
          expect(
            [...seen.keys()].filter(
              (outcome) => !['inside', 'LAB_FILE_MISSING', 'LAB_PATH_ESCAPES'].includes(outcome),
            ),
          ).toEqual([]);
          expect(seen.get('inside')).toBeGreaterThan(0);
          expect(seen.get('LAB_PATH_ESCAPES')).toBeGreaterThan(0);
          expect(await readdir(outside)).toEqual(['file']);
        } finally {
          swapper.kill('SIGKILL');
          await closed;
        }
      });
    },
  );
});

describe('a file written into the lab', () => {
  test('is there with its folders, its mode, and no temporary file', async () => {
    await withLab({}, async (at) => {
      const lab = await at.open();
      await lab.writeBytes('metis/secrets/new/token.age', Buffer.from('sealed'), { mode: 0o600 });
      expect(await at.read('metis/secrets/new/token.age')).toBe('sealed');
      if (!onWindows)
        expect((await stat(join(at.root, 'metis/secrets/new/token.age'))).mode & 0o777).toBe(0o600);
      expect(await readdir(join(at.root, 'metis/secrets/new'))).toEqual(['token.age']);
      expect(await readdir(at.root)).toEqual(['metis']);
    });
  });

  test('keeps the mode of the file it replaces', async () => {
    await withLab({ 'metis/hooks/run': 'old' }, async (at) => {
      await chmod(join(at.root, 'metis/hooks/run'), 0o751);
      const lab = await at.open();
      await lab.writeBytes('metis/hooks/run', Buffer.from('new'), {});
      if (!onWindows) expect((await stat(join(at.root, 'metis/hooks/run'))).mode & 0o777).toBe(0o751);
      expect(await at.read('metis/hooks/run')).toBe('new');
    });
  });

  test('replaces nothing when it must not exist', async () => {
    await withLab({ 'metis/a': 'old' }, async (at) => {
      const lab = await at.open();
      expect(
        (await problemOf(lab.writeBytes('metis/a', Buffer.from('new'), { mustNotExist: true }))).code,
      ).toBe('LAB_FILE_EXISTS');
      expect(await at.read('metis/a')).toBe('old');
      await lab.writeBytes('metis/b', Buffer.from('new'), { mustNotExist: true });
      expect(await readdir(join(at.root, 'metis'))).toEqual(['a', 'b']);
    });
  });

  test('does not change what another name of the file shows', async () => {
    await withLab({ 'metis/a': 'old' }, async (at) => {
      await link(join(at.root, 'metis/a'), join(at.folder, 'other-name'));
      const lab = await at.open();
      await lab.writeBytes('metis/a', Buffer.from('new'), {});
      expect(await readFile(join(at.folder, 'other-name'), 'utf8')).toBe('old');
    });
  });

  test('may not be one that git or the lock needs', async () => {
    await withLab({}, async (at) => {
      const lab = await at.open();
      for (const path of ['.git/hooks/pre-commit', '.GIT/config', '.sifaka.lock', '.sifaka.lock.x']) {
        expect((await problemOf(lab.writeBytes(path, Buffer.from('x'), {}))).code, path).toBe(
          'LAB_PATH_ESCAPES',
        );
      }
      expect(await readdir(at.root)).toEqual([]);
    });
  });
});

/** What Windows and macOS do, on files that are here: paths are checked again after a file is opened. */
describe('without descriptors of folders', () => {
  test('the same is read, written and refused', async () => {
    await withLab({ 'shared/motd': 'hello', 'metis/a': 'x' }, async (at) => {
      await writeFile(join(at.folder, 'secret'), 'outside');
      const folder = await ConfinedFolder.open(at.root, false);
      expect((await folder.readBytes('metis/a', 10)).toString()).toBe('x');
      expect(await folder.listFiles('metis')).toEqual(['a']);
      await folder.write('metis/new/b', Buffer.from('b'), { mustNotExist: true });
      await folder.write('metis/a', Buffer.from('y'));
      expect(await at.read('metis/new/b')).toBe('b');
      expect(await at.read('metis/a')).toBe('y');
      expect((await problemOf(folder.write('metis/a', Buffer.from('z'), { mustNotExist: true }))).code).toBe(
        'LAB_FILE_EXISTS',
      );
      expect((await problemOf(folder.readBytes('metis/c', 10))).code).toBe('LAB_FILE_MISSING');
      expect((await problemOf(folder.readBytes('metis', 10))).code).toBe('LAB_FILE_INVALID');
      expect(await readdir(join(at.root, 'metis'))).toEqual(['a', 'new']);
      if (onWindows) return;
      await symlink('../shared/motd', join(at.root, 'metis', 'inside'));
      await symlink('../../secret', join(at.root, 'metis', 'out'));
      await symlink('../..', join(at.root, 'metis', 'up'));
      expect((await folder.readBytes('metis/inside', 10)).toString()).toBe('hello');
      for (const path of ['metis/out', 'metis/up/secret', 'metis/up']) {
        expect((await problemOf(folder.readBytes(path, 10))).code, path).toBe('LAB_PATH_ESCAPES');
        expect((await problemOf(folder.write(path, Buffer.from('x')))).code, path).toBe('LAB_PATH_ESCAPES');
        expect((await problemOf(folder.listFiles(path))).code, path).toBe('LAB_PATH_ESCAPES');
      }
      expect(await readFile(join(at.folder, 'secret'), 'utf8')).toBe('outside');
    });
  });
});

test('a folder that is not there, or is a file, is no lab', async () => {
  await withLab({ file: 'x' }, async (at) => {
    for (const root of [join(at.root, 'nothing'), join(at.root, 'file')]) {
      expect((await problemOf(at.open({ root }))).code).toBe('LAB_NOT_FOUND');
    }
  });
});
