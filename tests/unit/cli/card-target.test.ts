import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { targetOf } from '../../../electron/cli/commands/card-target.ts';

const context = { absolutePath: (path: string) => resolve('/somewhere', path) };
const asked = (options: Parameters<typeof targetOf>[1]) => targetOf(context, options);

describe('what --drive and --to mean', () => {
  it('is a real drive below /dev and among the physical drives of Windows, and there only', async () => {
    const path = '/dev/sifaka-no-such-drive';
    expect(await asked({ drive: path })).toEqual({ kind: 'drive', path });
    expect(await asked({ drive: '../dev/sifaka-no-such-drive' })).toEqual({ kind: 'drive', path });
    const windows = '\\\\.\\PhysicalDrive2';
    expect(await asked({ drive: windows })).toEqual({ kind: 'drive', path: windows });
    for (const drive of ['/devices/sdb', '/dev/../home/card.img', '/dev', '\\\\.\\C:', 'card.img']) {
      expect((await asked({ drive })).kind).toBe('existing-file');
    }
    expect(await asked({ drive: 'virtual:sd' })).toEqual({ kind: 'virtual-drive', name: 'sd' });
    expect(await asked({ drive: 'virtual:../dev/sdb' })).toEqual({
      kind: 'virtual-drive',
      name: '../dev/sdb',
    });
    expect(await asked({ to: 'card.img' })).toEqual({ kind: 'new-file', path: '/somewhere/card.img' });
  });

  it('follows a link below /dev to the drive it stands for, and no link elsewhere', async () => {
    // Every Linux has this one; it leads out of /dev, and so to something that is no drive in any list.
    expect((await asked({ drive: '/dev/fd' })).kind).toBe('drive');
    expect(await asked({ drive: '/dev/fd' })).not.toMatchObject({ path: '/dev/fd' });
    const folder = await mkdtemp(join(tmpdir(), 'sifaka-target-'));
    try {
      await writeFile(join(folder, 'card.img'), '');
      await symlink('card.img', join(folder, 'link.img'));
      const drive = join(folder, 'link.img');
      expect(await asked({ drive })).toEqual({ kind: 'existing-file', path: drive });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('takes what becomes of the free space for a real drive only', async () => {
    const drive = '/dev/sifaka-no-such-drive';
    expect(await asked({ drive, freeSpace: 'overwrite' })).toMatchObject({ freeSpace: 'overwrite' });
    for (const options of [{ drive: 'virtual:sd' }, { drive: 'card.img' }, { to: 'card.img' }]) {
      await expect(asked({ ...options, freeSpace: 'keep' })).rejects.toMatchObject({
        code: 'INPUT_INVALID',
        data: { what: expect.stringContaining('real drives') },
      });
    }
  });

  it('is asked for once', async () => {
    for (const options of [{}, { drive: 'virtual:sd', to: 'card.img' }]) {
      await expect(asked(options)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    }
  });
});
