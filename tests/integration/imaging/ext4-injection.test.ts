import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CardImage, Injection } from '../../../electron/imaging/card-image.ts';
import { openCardImage } from '../../../electron/imaging/open-card-image.ts';
import { requireTools } from '../../rig/required-tools.ts';
import { contentOf, cutPartition, DEBIAN_12, DEBIAN_13, makeImage, noise } from './images.ts';
import { run, scratchFolder } from './tools.ts';

const clock = new Date('2025-06-07T08:09:10.987Z');
const OLD_SECRET = 'an old secret that is replaced';

let folder: ReturnType<typeof scratchFolder>;
let open: CardImage[] = [];

beforeEach((context) => {
  requireTools(context, 'mke2fs', 'e2fsck', 'debugfs', 'dumpe2fs', 'sfdisk');
  folder = scratchFolder();
});
afterEach(() => {
  for (const image of open) image.close();
  open = [];
  folder?.remove();
});

function makeRoot(): string {
  const root = folder.file('root');
  for (const path of ['etc/systemd/system', 'usr/lib', 'home'])
    mkdirSync(`${root}/${path}`, { recursive: true });
  writeFileSync(`${root}/etc/hostname`, `${OLD_SECRET}\n`);
  writeFileSync(`${root}/home/large`, noise(300_000, 7));
  symlinkSync('usr/lib', `${root}/lib`);
  symlinkSync('/etc', `${root}/absolute`);
  symlinkSync('../../../../../../etc', `${root}/home/escaping`);
  symlinkSync('/etc', `${root}/home/absolute`);
  symlinkSync('circle', `${root}/circle`);
  symlinkSync('/nowhere/at/all', `${root}/dangling`);
  return root;
}

async function openImage(options: readonly string[] = DEBIAN_12, mib = 24): Promise<CardImage> {
  makeImage(folder.file('golden.img'), 'dos', [{ kind: 'ext4', mib, options, content: makeRoot() }]);
  return await reopen();
}

async function reopen(): Promise<CardImage> {
  const image = await openCardImage(folder.file('golden.img'));
  open.push(image);
  return image;
}

function file(path: string, content: string | Uint8Array, mode = 0o644, uid = 0, gid = 0): Injection {
  return { partition: 1, path, kind: 'file', mode, uid, gid, content: Buffer.from(content) };
}

const debugfs = (volume: string, command: string) => run('debugfs', ['-R', command, volume]);

/** Permission bits and owner as debugfs sees them. */
function attributes(volume: string, path: string) {
  const text = debugfs(volume, `stat "${path}"`).toString();
  const found = /Type: (\w+) +Mode: +(\d+)[\s\S]*?User: +(\d+) +Group: +(\d+)/.exec(text);
  return found
    ? {
        type: found[1],
        mode: Number.parseInt(found[2] ?? '', 8),
        uid: Number(found[3]),
        gid: Number(found[4]),
      }
    : undefined;
}

const everything: readonly Injection[] = [
  file('/etc/hostname', 'titan-13\n'),
  file('/etc/rancher/k3s/token', 'secret', 0o600, 1000, 1001),
  file('/usr/bin/setuid', '#!/bin/sh\n', 0o4755, 0, 42),
  file('/etc/empty', ''),
  file('/etc/zwölf Äpfel; $(reboot)', 'a name like any other\n'),
  file('/lib/through-a-relative-link', 'x'),
  file('/absolute/through-an-absolute-link', 'y'),
  file('/home/escaping/does-not-escape', 'z'),
  file('/home/absolute/from-the-root', 'r'),
  { partition: 1, path: '/etc/link', kind: 'symlink', uid: 5, gid: 6, linkTarget: '../usr/lib/x' },
  { partition: 1, path: '/etc/long', kind: 'symlink', uid: 0, gid: 0, linkTarget: `/${'long/'.repeat(30)}x` },
  { partition: 1, path: '/srv/shared', kind: 'directory', mode: 0o1777, uid: 7, gid: 8 },
  { partition: 1, path: '/home', kind: 'directory', mode: 0o700, uid: 9, gid: 10 },
];

describe.for([
  ['the defaults of Debian 12', DEBIAN_12],
  ['orphan_file and metadata_csum_seed', DEBIAN_13],
  ['blocks of 1 KiB', ['-t', 'ext4', '-b', '1024']],
  ['blocks of 4 KiB', ['-t', 'ext4', '-b', '4096']],
  ['no journal and no checksums', ['-t', 'ext4', '-O', '^has_journal,^metadata_csum,^64bit']],
] as const)('injecting into ext4 with %s', ([, options]) => {
  it('puts every byte, mode, owner and link there, and leaves a clean file system', async () => {
    const image = await openImage(options);
    expect(await image.stat(1, '/etc/rancher')).toBeUndefined();
    await image.inject(everything, { clock });
    const volume = cutPartition(image, 1, folder.file('volume'));
    run('e2fsck', ['-fn', volume]);

    const real: Record<string, string> = {
      '/lib/through-a-relative-link': '/usr/lib/through-a-relative-link',
      '/absolute/through-an-absolute-link': '/etc/through-an-absolute-link',
      '/home/escaping/does-not-escape': '/etc/does-not-escape',
      '/home/absolute/from-the-root': '/etc/from-the-root',
    };
    for (const change of everything) {
      const path = real[change.path] ?? change.path;
      if (change.kind === 'file') {
        expect(debugfs(volume, `cat "${path}"`).equals(change.content), path).toBe(true);
      } else if (change.kind === 'symlink') {
        expect(attributes(volume, path)?.type).toBe('symlink');
      }
      const mode = change.kind === 'symlink' ? 0o777 : change.mode;
      expect({ path, ...attributes(volume, path) }).toMatchObject({
        path,
        mode,
        uid: change.uid,
        gid: change.gid,
      });
      expect(await image.stat(1, change.path)).toMatchObject({ kind: change.kind, uid: change.uid });
    }
    expect(debugfs(volume, 'stat /etc/link').toString()).toContain('Fast link dest: "../usr/lib/x"');
    expect(debugfs(volume, 'cat /etc/long').toString().replace(/\0+$/, '')).toBe(`/${'long/'.repeat(30)}x`);
    expect(attributes(volume, '/etc/rancher')).toEqual({ type: 'directory', mode: 0o755, uid: 0, gid: 0 });
    expect(debugfs(volume, 'cat /home/large').equals(noise(300_000, 7))).toBe(true);
  });
});

const listeners = () =>
  ['uncaughtException', 'unhandledRejection'].map((name) => process.listenerCount(name));

describe('an injection', () => {
  it('gives every file and the superblock the fixed time, and the same bytes every time', async () => {
    const first = await openImage();
    await first.inject(everything, { clock });
    const volume = cutPartition(first, 1, folder.file('volume'));
    for (const path of ['/etc/hostname', '/etc/empty', '/etc/link', '/srv/shared', '/etc/rancher']) {
      const times = [
        ...debugfs(volume, `stat "${path}"`)
          .toString()
          .matchAll(/\b(?:c|a|m|cr)time: 0x(\w+):(\w+)/g),
      ];
      expect(times).toHaveLength(4);
      const wanted = Math.floor(clock.getTime() / 1000).toString(16);
      expect(times.map((time) => `${time[1]}:${time[2]}`)).toEqual(Array(4).fill(`${wanted}:00000000`));
    }
    expect(run('dumpe2fs', ['-h', volume]).toString()).toMatch(/Last write time: +Sat Jun +7 08:09:10 2025/);

    const before = Date.now();
    while (Math.floor(Date.now() / 1000) === Math.floor(before / 1000)) await new Promise(setImmediate);
    const second = await reopen();
    await second.inject(everything, { clock });
    expect(second.changed()).toEqual(first.changed());
    expect(contentOf(second).equals(contentOf(first))).toBe(true);

    const other = await reopen();
    await other.inject(everything, { clock: new Date(clock.getTime() + 1000) });
    expect(contentOf(other).equals(contentOf(first))).toBe(false);
  });

  it('leaves the process as it was', async () => {
    const before = listeners();
    const image = await openImage();
    await image.inject(everything, { clock });
    expect(listeners()).toEqual(before);
    expect(Math.abs(Date.now() - clock.getTime())).toBeGreaterThan(1000);
  });

  it('does not leave what it replaced, nor what an earlier one wrote', async () => {
    const image = await openImage();
    expect(contentOf(image).includes(OLD_SECRET)).toBe(true);
    await image.inject([file('/etc/hostname', 'FIRST-TOKEN'.repeat(1000)), file('/etc/a', 'a')], { clock });
    await image.inject([file('/etc/hostname', 'b'), file('/etc/a', 'c'.repeat(5000))], { clock });
    const bytes = contentOf(image);
    expect(bytes.includes(OLD_SECRET)).toBe(false);
    expect(bytes.includes('FIRST-TOKEN')).toBe(false);
    const volume = cutPartition(image, 1, folder.file('volume'));
    run('e2fsck', ['-fn', volume]);
    expect(debugfs(volume, 'cat /etc/hostname').toString()).toBe('b');
  });

  it('writes 20 MiB in small steps', async () => {
    const image = await openImage(DEBIAN_12, 64);
    const content = noise(20 * 2 ** 20 + 123, 99);
    await image.inject([file('/var/lib/large', content)], { clock });
    const volume = cutPartition(image, 1, folder.file('volume'));
    run('e2fsck', ['-fn', volume]);
    expect(debugfs(volume, 'cat /var/lib/large').equals(content)).toBe(true);
    expect(Buffer.from((await image.readFile(1, '/var/lib/large', 2 ** 26)) ?? []).equals(content)).toBe(
      true,
    );
  });

  it('replaces a symlink at the path itself and does not follow it', async () => {
    const image = await openImage();
    await image.inject([file('/lib', 'a file now'), file('/dangling', 'here')], { clock });
    const volume = cutPartition(image, 1, folder.file('volume'));
    run('e2fsck', ['-fn', volume]);
    expect(debugfs(volume, 'cat /lib').toString()).toBe('a file now');
    expect(attributes(volume, '/usr/lib')?.type).toBe('directory');
  });

  it('makes many files and folders, also where a directory is full or indexed', async () => {
    const root = makeRoot();
    mkdirSync(`${root}/many`);
    for (let index = 0; index < 600; index += 1) writeFileSync(`${root}/many/there-before-${index}`, '');
    const golden = folder.file('golden.img');
    makeImage(golden, 'dos', [
      { kind: 'ext4', mib: 32, options: [...DEBIAN_12, '-N', '4096'], content: root },
    ]);
    // Only e2fsck -D gives a directory made by mke2fs the index that the kernel would have made.
    const volume = cutPartition(await reopen(), 1, folder.file('indexed'));
    run('sh', ['-c', 'e2fsck -fyD "$0" || test $? -eq 1', volume]);
    expect(debugfs(volume, 'htree /many').toString()).toContain('Root node dump');
    makeImage(golden, 'dos', [{ kind: 'raw', mib: 32, bytes: new Uint8Array(run('cat', [volume])) }]);

    const image = await reopen();
    const changes: Injection[] = Array.from(
      { length: 150 },
      (_, index) =>
        [
          file(`/many/${'n'.repeat(100)}-${index}`, `${index}`),
          {
            partition: 1,
            path: `/full/${'d'.repeat(200)}-${index}`,
            kind: 'directory',
            mode: 0o755,
            uid: 0,
            gid: 0,
          },
        ] satisfies Injection[],
    ).flat();
    await image.inject(changes, { clock });
    const changed = cutPartition(image, 1, folder.file('changed'));
    run('e2fsck', ['-fn', changed]);
    expect(debugfs(changed, `cat /many/${'n'.repeat(100)}-149`).toString()).toBe('149');
    expect(attributes(changed, `/full/${'d'.repeat(200)}-149`)?.type).toBe('directory');
  });
});

describe('a refused injection', () => {
  it.for([
    ['a directory where a file is to go', file('/etc/systemd', 'x')],
    ['a file where a directory is needed', file('/etc/hostname/below', 'x')],
    [
      'a directory where a file is',
      { partition: 1, path: '/etc/hostname', kind: 'directory', mode: 0o755, uid: 0, gid: 0 },
    ],
    [
      'a directory where a symlink is',
      { partition: 1, path: '/lib', kind: 'directory', mode: 0o755, uid: 0, gid: 0 },
    ],
    [
      'a symlink where a directory is',
      { partition: 1, path: '/etc', kind: 'symlink', uid: 0, gid: 0, linkTarget: 'x' },
    ],
    ['a circle of symlinks', file('/circle/x', 'x')],
    ['a symlink to nowhere', file('/dangling/x', 'x')],
    ['a path with ..', file('/etc/../../x', 'x')],
    ['a relative path', file('etc/x', 'x')],
    ['a path with a zero byte', file('/etc/x\0y', 'x')],
    ['an empty name', file('/etc//x', 'x')],
    ['the root', file('/', 'x')],
    ['a name that is too long', file(`/${'x'.repeat(256)}`, 'x')],
    ['an owner beyond 16 bits', file('/etc/x', 'x', 0o644, 65536)],
  ] as [string, Injection][])('%s is INJECTION_CONFLICT and changes nothing', async ([, change]) => {
    const image = await openImage();
    const attempt = image.inject([file('/etc/before', 'x'), change], { clock });
    await expect(attempt).rejects.toMatchObject({ code: 'INJECTION_CONFLICT' });
    expect(image.changed()).toEqual([]);
    await image.inject([file('/etc/after', 'x')], { clock });
    run('e2fsck', ['-fn', cutPartition(image, 1, folder.file('volume'))]);
  });

  it('for want of room is INJECTION_TOO_LARGE and changes nothing', async () => {
    const image = await openImage();
    const attempt = image.inject([file('/etc/before', 'x'), file('/etc/huge', noise(40 * 2 ** 20, 3))], {
      clock,
    });
    await expect(attempt).rejects.toMatchObject({ code: 'INJECTION_TOO_LARGE' });
    expect(image.changed()).toEqual([]);
  });

  it('for want of inodes is INJECTION_TOO_LARGE', async () => {
    const image = await openImage([...DEBIAN_12, '-N', '64']);
    const changes = Array.from({ length: 100 }, (_, index) => file(`/etc/${index}`, 'x'));
    await expect(image.inject(changes, { clock })).rejects.toMatchObject({ code: 'INJECTION_TOO_LARGE' });
  });

  it('for want of memory is INJECTION_TOO_LARGE', async () => {
    await openImage();
    const image = await openCardImage(folder.file('golden.img'), { deltaLimit: 2 ** 20 });
    open.push(image);
    const attempt = image.inject([file('/etc/large', noise(2 * 2 ** 20, 3))], { clock });
    await expect(attempt).rejects.toMatchObject({ code: 'INJECTION_TOO_LARGE' });
  });

  it('cancelled on the way changes nothing', async () => {
    const image = await openImage();
    const abort = new AbortController();
    const attempt = image.inject([file('/etc/a', 'x'), file('/etc/b', 'y')], {
      clock,
      signal: abort.signal,
      onProgress: () => {
        abort.abort();
      },
    });
    await expect(attempt).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(image.changed()).toEqual([]);
  });

  it.for([
    ['a journal that must be replayed', 'feature needs_recovery'],
    ['a mounted state', 'ssv state 0'],
    ['errors', 'ssv state 3'],
    ['orphans', 'ssv last_orphan 20'],
  ] as const)('%s is IMAGE_LAYOUT_UNSUPPORTED', async ([, command]) => {
    const clean = await openImage();
    const volume = cutPartition(clean, 1, folder.file('dirty'));
    run('debugfs', ['-w', '-R', command, volume]);
    makeImage(folder.file('golden.img'), 'dos', [
      { kind: 'raw', mib: 24, bytes: new Uint8Array(run('cat', [volume])) },
    ]);
    const image = await reopen();
    const expected = {
      code: 'IMAGE_LAYOUT_UNSUPPORTED',
      data: { next: expect.stringContaining('cleanly') as string },
    };
    await expect(image.mapped()).rejects.toMatchObject(expected);
    await expect(image.inject([file('/x', 'x')], { clock })).rejects.toMatchObject(expected);
    await expect(image.stat(1, '/etc')).rejects.toMatchObject(expected);
  });

  it.for(['quota', 'inline_data', 'mmp', 'encrypt'])(
    'a file system with %s is not changed',
    async (feature) => {
      const image = await openImage(['-t', 'ext4', '-O', feature]);
      await expect(image.inject([file('/x', 'x')], { clock })).rejects.toMatchObject({
        code: 'IMAGE_LAYOUT_UNSUPPORTED',
      });
      expect((await image.mapped()).reduce((sum, range) => sum + range.length, 0)).toBe(image.size);
    },
  );
});
