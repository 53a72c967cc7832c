import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CardImage, Injection } from '../../../electron/imaging/card-image.ts';
import { openCardImage } from '../../../electron/imaging/open-card-image.ts';
import { requireTools } from '../../rig/required-tools.ts';
import { contentOf, cutPartition, makeImage, noise } from './images.ts';
import { run, scratchFolder } from './tools.ts';

const clock = new Date('2025-06-07T08:09:10Z');

let folder: ReturnType<typeof scratchFolder>;
let open: CardImage[] = [];

beforeEach((context) => {
  requireTools(context, 'mkfs.vfat', 'fsck.vfat', 'mcopy', 'mtype', 'mdir', 'mattrib', 'sfdisk');
  folder = scratchFolder();
});
afterEach(() => {
  for (const image of open) image.close();
  open = [];
  folder?.remove();
});

const kinds = [
  ['FAT12', { mib: 4, options: ['-F', '12'] }],
  ['FAT16', { mib: 16, options: ['-F', '16', '-s', '1'] }],
  ['FAT32', { mib: 34, options: ['-F', '32', '-s', '1'] }],
  ['FAT16 with large clusters', { mib: 34, options: ['-F', '16', '-s', '16'] }],
  [
    'FAT16 with one FAT and sectors of 4 KiB',
    { mib: 34, options: ['-F', '16', '-S', '4096', '-s', '1', '-f', '1'] },
  ],
] as const;
type Kind = (typeof kinds)[number][1];

async function openImage({ mib, options }: Kind = kinds[1][1]): Promise<CardImage> {
  makeImage(folder.file('golden.img'), 'dos', [{ kind: 'fat', mib, options }]);
  return await reopen();
}

async function reopen(): Promise<CardImage> {
  const image = await openCardImage(folder.file('golden.img'));
  open.push(image);
  return image;
}

function file(path: string, content: string | Uint8Array): Injection {
  return { partition: 1, path, kind: 'file', mode: 0o644, uid: 0, gid: 0, content: Buffer.from(content) };
}

function cleanVolume(image: CardImage): string {
  const volume = cutPartition(image, 1, folder.file('volume'));
  run('fsck.vfat', ['-n', volume]);
  return volume;
}

const readWithMtools = (volume: string, path: string) => run('mtype', ['-i', volume, `::${path}`]);

describe.for(kinds)('injecting into %s', ([, recipe]) => {
  it('puts many files with long names there, byte for byte', async () => {
    const image = await openImage(recipe);
    const changes = Array.from({ length: 120 }, (_, index) =>
      file(`/overlays/deeper/a rather long name, number ${index}.dtbo`, noise(index * 37, index + 1)),
    );
    changes.push(
      file('/cmdline.txt', 'console=serial0\n'),
      file('/Ärger/Ω-日本.txt', 'not only ASCII'),
      file('/empty', ''),
    );
    await image.inject(changes, { clock });
    const volume = cleanVolume(image);
    const copied = folder.file('copied');
    run('mkdir', [copied]);
    run('mcopy', ['-s', '-Q', '-i', volume, '::/', copied]);
    for (const change of changes) {
      if (change.kind !== 'file') continue;
      expect(run('cat', [`${copied}${change.path}`]).equals(change.content), change.path).toBe(true);
      expect(Buffer.from((await image.readFile(1, change.path, 1e6)) ?? []).equals(change.content)).toBe(
        true,
      );
    }
    expect(run('mdir', ['-i', volume, '::']).toString()).toMatch(/cmdline +txt +16 2025-06-07 +8:09/);
  });

  it('overwrites with shorter and longer content', async () => {
    const image = await openImage(recipe);
    const long = noise(200_000, 5);
    await image.inject([file('/config.txt', long), file('/next to it', 'untouched')], { clock });
    await image.inject([file('/config.txt', 'short')], { clock });
    expect(readWithMtools(cleanVolume(image), '/config.txt').toString()).toBe('short');
    await image.inject([file('/CONFIG.TXT', noise(300_000, 6))], { clock });
    const volume = cleanVolume(image);
    expect(readWithMtools(volume, '/config.txt').equals(noise(300_000, 6))).toBe(true);
    expect(readWithMtools(volume, '/next to it').toString()).toBe('untouched');
    expect(contentOf(image).includes(long.subarray(0, 512))).toBe(false);
  });
});

describe('an injection into FAT', () => {
  it('gives the same bytes every time, whatever the time and the time zone are', async () => {
    const changes = [file('/a/b/c.txt', 'x'), file('/user-data', noise(5000, 2))];
    const first = await openImage();
    await first.inject(changes, { clock });
    const zone = process.env['TZ'];
    process.env['TZ'] = 'Pacific/Kiritimati';
    try {
      expect(new Date(0).getTimezoneOffset()).not.toBe(0);
      const second = await reopen();
      await second.inject(changes, { clock });
      expect(second.changed()).toEqual(first.changed());
      expect(contentOf(second).equals(contentOf(first))).toBe(true);
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
  });

  it('fills the rest of the last cluster with zeros', async () => {
    const golden = folder.file('golden.img');
    const volume = folder.file('old');
    makeImage(golden, 'dos', [{ kind: 'fat', mib: 34, options: ['-F', '16', '-s', '16'] }]);
    const empty = cutPartition(await reopen(), 1, volume);
    // What a deleted file leaves behind: its clusters are free, its bytes are there.
    run('mcopy', ['-i', empty, '-', '::old'], Buffer.alloc(2 ** 20, 'left behind '));
    run('mdel', ['-i', empty, '::old']);
    makeImage(golden, 'dos', [{ kind: 'raw', mib: 34, bytes: new Uint8Array(run('cat', [empty])) }]);
    const image = await reopen();
    // The large one is written in two chunks; what is left of the first must not follow the second.
    const large = Buffer.concat([Buffer.alloc(2 ** 20, 'first chunk '), Buffer.from('its end')]);
    await image.inject([file('/tiny', 'tiny'), file('/large', large)], { clock });
    const bytes = contentOf(image);
    for (const end of ['tiny', 'its end']) {
      const at = bytes.indexOf(`${end}\0`);
      expect(at).toBeGreaterThan(0);
      expect(bytes.subarray(at + end.length, at + 8192).every((byte) => byte === 0)).toBe(true);
    }
    cleanVolume(image);
  });

  it.for([
    ['a symlink', { partition: 1, path: '/x', kind: 'symlink', uid: 0, gid: 0, linkTarget: 'y' }],
    ['a name with a colon', file('/a:b', 'x')],
    ['a name that ends with a dot', file('/a./b', 'x')],
    ['a name that ends with a space', file('/a ', 'x')],
    ['a name with a control character', file('/a\nb', 'x')],
    ['a backslash', file('/a\\b', 'x')],
    ['a file where a directory is needed', file('/there/below', 'x')],
    [
      'a directory where a file is',
      { partition: 1, path: '/there', kind: 'directory', mode: 0o755, uid: 0, gid: 0 },
    ],
    ['a file where a directory is', file('/folder', 'x')],
    ['a path with ..', file('/folder/../x', 'x')],
  ] as [string, Injection][])('of %s is INJECTION_CONFLICT and changes nothing', async ([, change]) => {
    const image = await openImage();
    await image.inject([file('/there', 'x'), file('/folder/x', 'x')], { clock });
    const before = contentOf(image);
    await expect(image.inject([file('/before', 'x'), change], { clock })).rejects.toMatchObject({
      code: 'INJECTION_CONFLICT',
    });
    expect(contentOf(image).equals(before)).toBe(true);
    expect(await image.stat(1, '/before')).toBeUndefined();
  });

  it('that does not fit is INJECTION_TOO_LARGE and changes nothing', async () => {
    const image = await openImage();
    await expect(image.inject([file('/large', noise(17 * 2 ** 20, 4))], { clock })).rejects.toMatchObject({
      code: 'INJECTION_TOO_LARGE',
    });
    expect(image.changed()).toEqual([]);
  });

  it('of more files than the root directory has entries is INJECTION_TOO_LARGE', async () => {
    const image = await openImage();
    const changes = Array.from({ length: 600 }, (_, index) => file(`/${index}`, ''));
    await expect(image.inject(changes, { clock })).rejects.toMatchObject({ code: 'INJECTION_TOO_LARGE' });
  });

  it('over a file that is marked read-only is INJECTION_CONFLICT', async () => {
    const image = await openImage();
    await image.inject([file('/kernel.img', 'x')], { clock });
    const volume = cutPartition(image, 1, folder.file('marked'));
    run('mattrib', ['-i', volume, '+r', '::kernel.img']);
    makeImage(folder.file('golden.img'), 'dos', [
      { kind: 'raw', mib: 16, bytes: new Uint8Array(run('cat', [volume])) },
    ]);
    const marked = await reopen();
    expect(await marked.stat(1, '/kernel.img')).toMatchObject({ mode: 0o444 });
    await expect(marked.inject([file('/kernel.img', 'y')], { clock })).rejects.toMatchObject({
      code: 'INJECTION_CONFLICT',
    });
  });

  it('answers what is there', async () => {
    const image = await openImage();
    expect(await image.stat(1, '/folder')).toBeUndefined();
    await image.inject([file('/folder/File.txt', 'content')], { clock });
    expect(await image.stat(1, '/FOLDER')).toMatchObject({ kind: 'directory' });
    expect(await image.stat(1, '/folder/file.TXT')).toMatchObject({ kind: 'file', size: 7 });
    expect(await image.stat(1, '/nothing/here')).toBeUndefined();
    expect(await image.readFile(1, '/folder', 100)).toBeUndefined();
    await expect(image.readFile(1, '/folder/File.txt', 3)).rejects.toMatchObject({
      code: 'INJECTION_TOO_LARGE',
    });
  });
});
