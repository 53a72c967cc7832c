import { lstat, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fileInTheWay, makeFolders } from '../../../electron/services/durable/make-folders.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sifaka-folders-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('folders that are made', () => {
  test('lack none of their parents, have the mode, and may be there already', async () => {
    const deep = join(folder, 'a', 'b', 'c');
    await Promise.all([1, 2, 3].map(() => makeFolders(deep, { mode: 0o700 })));
    await makeFolders(deep);
    expect(await readdir(folder, { recursive: true })).toEqual(['a', join('a', 'b'), join('a', 'b', 'c')]);
    if (process.platform !== 'win32') {
      for (const path of ['a', 'a/b', 'a/b/c'])
        expect((await lstat(join(folder, path))).mode & 0o777).toBe(0o700);
    }
  });

  test('are not made where a file or a link to nothing is in the way', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(makeFolders(join(folder, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolders(join(folder, 'file', 'x', 'y'))).rejects.toMatchObject({ code: 'ENOTDIR' });
    expect(await fileInTheWay(join(folder, 'file', 'x', 'y'))).toBe(join(folder, 'file'));
    expect(await fileInTheWay(join(folder, 'none', 'x'))).toBeUndefined();
    await symlink(join(folder, 'nothing'), join(folder, 'link'));
    await expect(makeFolders(join(folder, 'link', 'x'))).rejects.toMatchObject({ code: 'EEXIST' });
    expect((await readdir(folder)).toSorted()).toEqual(['file', 'link']);
  });

  test.runIf(process.platform === 'linux')('end where the system says ENOENT of a folder', async () => {
    await expect(makeFolders('/proc/sifaka/x')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
