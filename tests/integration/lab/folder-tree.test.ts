import { execFileSync } from 'node:child_process';
import { lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfinedFolder } from '../../../electron/services/lab/confined-folder.ts';
import { problemOf, type TestLab, wholeLab, withLab } from './lab-fixtures.ts';

const limits = { entries: 20, fileBytes: 100, totalBytes: 250, pathLength: 60 };
const record = { project: 'bridge', summary: 'Made deploy/attempt1' };
const onWindows = process.platform === 'win32';

describe('the tree of a folder', () => {
  test('has every file with its bytes, hidden ones too', async () => {
    await withLab({ 'deploy/a/b/c': 'deep', 'deploy/a/.hidden': 'x', 'deploy/top': 'y' }, async (at) => {
      const lab = await at.open();
      const tree = await lab.readTree('deploy', limits);
      expect(tree.map(({ path, kind }) => `${kind} ${path}`)).toEqual([
        'folder a',
        'file a/.hidden',
        'folder a/b',
        'file a/b/c',
        'file top',
      ]);
      expect(
        tree.map((entry) => ('bytes' in entry ? Buffer.from(entry.bytes).toString() : '')).join('|'),
      ).toBe('|x||deep|y');
      expect(await lab.listFolders('deploy')).toEqual(['a']);
      expect(await lab.listFolders('nothing')).toEqual([]);
      expect((await problemOf(lab.readTree('nothing', limits))).code).toBe('LAB_FILE_MISSING');
    });
  });

  test.skipIf(onWindows)(
    'names links, pipes and names that are no text, and follows none of them',
    async () => {
      await withLab({ 'deploy/a': 'x', 'other/secret': 'inside' }, async (at) => {
        await writeFile(join(at.folder, 'secret'), 'outside');
        await symlink('../../secret', join(at.root, 'deploy', 'link'));
        await symlink('../other', join(at.root, 'deploy', 'folder'));
        execFileSync('mkfifo', [join(at.root, 'deploy', 'pipe')]);
        await writeFile(
          Buffer.concat([Buffer.from(join(at.root, 'deploy/')), Buffer.from([0xff, 0xfe])]),
          'x',
        );
        const lab = await at.open();
        const tree = await lab.readTree('deploy', limits);
        expect(tree.map(({ path, kind }) => `${kind} ${path}`)).toEqual([
          'file a',
          'link folder',
          'link link',
          'other pipe',
          'other \ufffd\ufffd',
        ]);
        expect(await lab.listFolders('deploy')).toEqual([]);
      });
    },
  );

  test.skipIf(onWindows).each([true, false])(
    'is refused behind a link, wherever it leads (by descriptor: %s)',
    async (byDescriptor) => {
      await withLab({ 'real/a/file': 'x' }, async (at) => {
        await symlink('real', join(at.root, 'deploy'));
        const folder = await ConfinedFolder.open(at.root, byDescriptor && process.platform === 'linux');
        for (const path of ['deploy', 'deploy/a']) {
          expect((await problemOf(folder.readTree(path, limits))).code).toBe('LAB_PATH_ESCAPES');
        }
      });
    },
  );

  test.each([
    ['one file too large', { 'deploy/a': 'x'.repeat(101) }, /a file of more than 100 bytes, a/],
    [
      'too much in all',
      { 'deploy/a': 'x'.repeat(90), 'deploy/b': 'x'.repeat(90), 'deploy/c': 'x'.repeat(90) },
      /more than 250 bytes/,
    ],
    [
      'too many entries',
      Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`deploy/${index}`, 'x'])),
      /more than 20 files and folders/,
    ],
    ['a path too long', { [`deploy/${'abcdefghi/'.repeat(6)}b`]: 'x' }, /a path of more than 60 characters/],
  ])('is read within limits: %s', async (_name, files, words) => {
    await withLab(files, async (at) => {
      const problem = await problemOf((await at.open()).readTree('deploy', limits));
      expect(problem.code).toBe('LAB_FILE_INVALID');
      expect(problem.what).toMatch(words);
    });
  });
});

describe('a new folder', () => {
  const files = [
    { path: 'design.json', bytes: Buffer.from('{}'), mode: 0o644 },
    { path: 'common/usr/local/sbin/tool', bytes: Buffer.from('#!/bin/sh\n'), mode: 0o755 },
  ];

  test('appears whole, with its line in the logbook', async () => {
    await withLab(wholeLab, async (at) => {
      const lab = await at.open();
      await lab.createFolder({ folder: 'deploy/attempt1', files, record });
      expect(await readFile(join(at.root, 'deploy/attempt1/common/usr/local/sbin/tool'), 'utf8')).toBe(
        '#!/bin/sh\n',
      );
      if (!onWindows) {
        expect((await lstat(join(at.root, 'deploy/attempt1/common/usr/local/sbin/tool'))).mode & 0o777).toBe(
          0o755,
        );
      }
      expect(await readdir(join(at.root, 'deploy'))).toEqual(['attempt1']);
      expect((await lab.logbook(10)).map(({ summary }) => summary)).toEqual([record.summary]);
    });
  });

  test.each(['a folder', 'an empty folder', 'a file'])('is never put over %s', async (kind) => {
    await withLab(wholeLab, async (at) => {
      const taken = join(at.root, 'deploy', 'attempt1');
      if (kind === 'a file') await at.write('deploy/attempt1', 'mine');
      else await mkdir(taken, { recursive: true });
      if (kind === 'a folder') await at.write('deploy/attempt1/mine', 'mine');
      const before = await treeBelow(at);
      const lab = await at.open();
      const problem = await problemOf(lab.createFolder({ folder: 'deploy/attempt1', files, record }));
      expect(problem.code).toBe('LAB_FILE_EXISTS');
      expect(await treeBelow(at)).toEqual(before);
      expect(await lab.logbook(10)).toEqual([]);
    });
  });

  test.each(['../out', '.git/hooks', 'deploy/../../x'])('may not be %s', async (folder) => {
    await withLab(wholeLab, async (at) => {
      const problem = await problemOf((await at.open()).createFolder({ folder, files, record }));
      expect(problem.code).toBe('LAB_PATH_ESCAPES');
    });
  });

  test('with a file that would leave it is not made', async () => {
    await withLab(wholeLab, async (at) => {
      const bad = [{ path: '../x', bytes: Buffer.from('x'), mode: 0o644 }];
      const before = await treeBelow(at);
      const lab = await at.open();
      expect(
        (await problemOf(lab.createFolder({ folder: 'deploy/attempt1', files: bad, record }))).code,
      ).toBe('LAB_PATH_ESCAPES');
      expect((await treeBelow(at)).filter((path) => path !== 'deploy')).toEqual(before);
    });
  });

  test('whose line cannot be written is not made; what a killed process left is removed', async () => {
    await withLab({ ...wholeLab, 'cluster/madagascar-changelog.json': 'not JSON' }, async (at) => {
      const left = '.sifaka-00000000-0000-4000-8000-000000000000.folder';
      await at.write(`deploy/${left}/half`, 'x');
      const lab = await at.open();
      expect((await problemOf(lab.createFolder({ folder: 'deploy/attempt1', files, record }))).code).toBe(
        'LOGBOOK_INVALID',
      );
      expect(await readdir(join(at.root, 'deploy'))).toEqual([]);
    });
  });
});

async function treeBelow(at: TestLab): Promise<string[]> {
  return (await readdir(at.root, { recursive: true })).toSorted();
}
