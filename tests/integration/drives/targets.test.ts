import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTargets } from '../../../electron/services/drives/create-targets.ts';
import { identityOf } from '../../../electron/services/drives/file-identity.ts';
import type { Targets } from '../../../electron/services/drives/targets.ts';
import type { Target } from '../../../shared/schemas/card.ts';
import { requireTools } from '../../rig/required-tools.ts';

const MiB = 2 ** 20;
let home: string;
let work: string;
let targets: Targets;

beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'sifaka-drives-')));
  work = join(home, 'work');
  for (const folder of ['work', 'lab', 'data']) await mkdir(join(home, folder));
  targets = createTargets({
    folder: join(home, 'data', 'drives'),
    protectedPaths: [join(home, 'lab'), join(home, 'data'), join(home, 'cache', 'not', 'there', 'yet')],
    drives: { list: () => Promise.resolve([]) },
  });
});

afterEach(async () => {
  await rm(home, { recursive: true });
});

async function existing(name: string, content: Uint8Array = Buffer.alloc(MiB, 7)): Promise<string> {
  const path = join(work, name);
  await writeFile(path, content);
  return path;
}

/** Most likely with the inode of the one before, but made at another tick of the file system's clock. */
async function replaceLater(path: string): Promise<void> {
  const before = await stat(path, { bigint: true });
  await rm(path);
  do {
    await rm(path, { force: true });
    await writeFile(path, Buffer.alloc(MiB, 9));
  } while ((await stat(path, { bigint: true })).birthtimeNs === before.birthtimeNs);
}

function inspectExisting(path: string): Promise<Target> {
  return targets.inspect({ kind: 'existing-file', path }, 0);
}

function inspectNew(path: string, size = 4 * MiB): Promise<Target> {
  return targets.inspect({ kind: 'new-file', path }, size);
}

describe('virtual drives', () => {
  test('are made sparse, for their owner alone, and listed by name', async () => {
    expect(await targets.list()).toEqual([]);
    const made = await targets.createVirtual('sd-2', 512 * MiB);
    await targets.createVirtual('sd-1', MiB);
    expect(made).toMatchObject({
      kind: 'virtual-drive',
      path: join(home, 'data', 'drives', 'sd-2.img'),
      label: 'virtual drive sd-2',
      size: 512 * MiB,
      contents: 'empty',
    });
    const stats = await stat(made.path);
    expect(stats.mode & 0o777).toBe(0o600);
    expect(stats.blocks * 512).toBeLessThan(MiB);
    expect((await targets.list()).map(({ label }) => label)).toEqual([
      'virtual drive sd-1',
      'virtual drive sd-2',
    ]);
    expect(await targets.inspect({ kind: 'virtual-drive', name: 'sd-2' }, 0)).toEqual(made);
  });

  test('are not made twice, nor with a name that is no file name', async () => {
    await targets.createVirtual('sd-1', MiB);
    await expect(targets.createVirtual('sd-1', 2 * MiB)).rejects.toMatchObject({ code: 'TARGET_EXISTS' });
    expect((await targets.list())[0]?.size).toBe(MiB);
    for (const name of ['../sd', 'a/b', '', '.', 'SD', 'con', 'a\n', 'x'.repeat(64)]) {
      await expect(targets.createVirtual(name, MiB)).rejects.toMatchObject({ code: 'TARGET_NAME_INVALID' });
      await expect(targets.inspect({ kind: 'virtual-drive', name }, 0)).rejects.toMatchObject({
        code: 'TARGET_NAME_INVALID',
      });
    }
    expect(await readdir(join(home, 'data', 'drives'))).toEqual(['sd-1.img']);
  });

  test('that are not there are missing; what only looks like one is not listed and not opened', async () => {
    await expect(targets.inspect({ kind: 'virtual-drive', name: 'sd-9' }, 0)).rejects.toMatchObject({
      code: 'TARGET_MISSING',
    });
    await targets.createVirtual('sd-1', MiB);
    const folder = join(home, 'data', 'drives');
    await symlink(await existing('elsewhere.img'), join(folder, 'link.img'));
    await mkdir(join(folder, 'folder.img'));
    await writeFile(join(folder, 'Strange Name.img'), 'x');
    await writeFile(join(folder, 'notes.txt'), 'x');
    expect((await targets.list()).map(({ label }) => label)).toEqual(['virtual drive sd-1']);
    for (const name of ['link', 'folder']) {
      await expect(targets.inspect({ kind: 'virtual-drive', name }, 0)).rejects.toMatchObject({
        code: 'TARGET_UNSUPPORTED',
      });
    }
  });

  test('that were too large for the disk leave nothing behind', async () => {
    await expect(targets.createVirtual('sd-1', 2 ** 52)).rejects.toMatchObject({ code: 'TARGET_FULL' });
    expect(await readdir(join(home, 'data', 'drives'))).toEqual([]);
  });

  test('asked for by their path are the same target, though their folder is protected', async () => {
    const made = await targets.createVirtual('sd-1', MiB);
    expect(await inspectExisting(made.path)).toEqual(made);
  });

  test('are told by one real path, also where their folder is a link to a larger disk', async () => {
    await mkdir(join(work, 'large'));
    await symlink(join(work, 'large'), join(home, 'data', 'drives'));
    const made = await targets.createVirtual('sd-1', MiB);
    expect(made.path).toBe(join(work, 'large', 'sd-1.img'));
    expect(await inspectExisting(made.path)).toEqual(made);
  });
});

describe('what is on a target', () => {
  const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;

  test.for<[string, string, string, string[]]>([
    ['an MBR with 2 partitions', 'sfdisk', 'label: dos\n,4M,c\n,,83\n', []],
    ['an MBR with 1 partition', 'sfdisk', 'label: dos\n,,83\n', []],
    ['a GPT with 3 partitions', 'sfdisk', 'label: gpt\n,4M\n,4M\n,\n', []],
    ['a FAT file system without partitions', 'mkfs.vfat', '', []],
    ['a FAT file system without partitions', 'mkfs.vfat', '', ['-F', '32']],
    ['an ext file system without partitions', 'mke2fs', '', ['-q']],
  ])('%s, made by %s', async ([words, tool, input, options], context) => {
    requireTools(context, tool);
    const { path } = await targets.createVirtual('sd-1', 64 * MiB);
    execFileSync(tool, [...options, path], {
      input,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { PATH, LC_ALL: 'C' },
    });
    expect((await targets.list())[0]?.contents).toBe(words);
  });

  test('is told apart from nothing', async () => {
    expect((await inspectExisting(await existing('empty.img', Buffer.alloc(0)))).contents).toBe('empty');
    expect((await inspectExisting(await existing('tiny.img', Buffer.from('hello')))).contents).toBe(
      'unknown data',
    );
    const late = Buffer.alloc(2 * MiB);
    late.writeUInt8(1, MiB);
    expect((await inspectExisting(await existing('late.img', late))).contents).toBe(
      'blank: its first MiB is zero',
    );
  });
});

describe('an existing file', () => {
  test('is shown by its real path, whatever link led to it', async () => {
    const path = await existing('card.img');
    await symlink(work, join(home, 'way'));
    await symlink('card.img', join(work, 'link.img'));
    const target = await inspectExisting(path);
    expect(target).toMatchObject({ kind: 'existing-file', path, label: 'card.img', size: MiB });
    expect(await inspectExisting(join(home, 'way', 'link.img'))).toEqual(target);
    expect(await inspectExisting(join(work, '..', 'work', 'card.img'))).toEqual(target);
  });

  test('that is not there is missing, also at the end of a link', async () => {
    await symlink('/nowhere/at/all', join(work, 'dangling'));
    for (const name of ['no.img', 'dangling', 'no/such/folder.img']) {
      await expect(inspectExisting(join(work, name))).rejects.toMatchObject({ code: 'TARGET_MISSING' });
    }
  });

  test('must be a regular file; a device is chosen as a drive, by its own path', async () => {
    await expect(inspectExisting('/dev/null')).rejects.toMatchObject({
      code: 'TARGET_UNSUPPORTED',
      data: { next: expect.stringContaining('`sifaka drives`') },
    });
    await expect(inspectExisting(work)).rejects.toThrow('is a folder');
    await promisify(execFile)('mkfifo', [join(work, 'pipe')]);
    await expect(inspectExisting(join(work, 'pipe'))).rejects.toThrow('is a pipe');
    const server = createServer().listen(join(work, 'socket'));
    await once(server, 'listening');
    await expect(inspectExisting(join(work, 'socket'))).rejects.toThrow('is a socket');
    server.close();
  });

  test('with a second name is refused: the other name would change unseen', async () => {
    const path = await existing('card.img');
    await link(path, join(work, 'second.img'));
    await expect(inspectExisting(path)).rejects.toMatchObject({
      code: 'TARGET_UNSUPPORTED',
      data: { what: expect.stringContaining('2 names') },
    });
  });

  test.each(['lab/metis/inventory.yaml', 'data/receipts/one.json', 'cache/not/there/yet/raw'])(
    'in %s is not for burning, directly or by a link',
    async (inside) => {
      const path = join(home, inside);
      await mkdir(join(path, '..'), { recursive: true });
      await writeFile(path, 'precious');
      await symlink(path, join(work, 'innocent.img'));
      for (const way of [path, join(work, 'innocent.img')]) {
        await expect(inspectExisting(way)).rejects.toMatchObject({ code: 'TARGET_UNSUPPORTED' });
      }
    },
  );

  test('beside a protected folder whose name it begins with is free', async () => {
    await writeFile(join(home, 'lab-card.img'), 'x');
    await expect(inspectExisting(join(home, 'lab-card.img'))).resolves.toMatchObject({
      label: 'lab-card.img',
    });
  });
});

describe('writing in place', () => {
  test('overwrites the file that was planned, and it keeps its identity', async () => {
    const target = await inspectExisting(await existing('card.img'));
    const writable = await targets.openForWriting(target);
    await writable.blocks.write(Buffer.alloc(4096, 1), 4096);
    const after = await writable.commit();
    expect(after).toMatchObject({ path: target.path, identity: target.identity, size: MiB });
    const bytes = await readFile(target.path);
    expect([bytes[4095], bytes[4096], bytes[8191], bytes[8192]]).toEqual([7, 1, 1, 7]);
    expect(await writable.abandon()).toContain('is complete');
  });

  test.each<[string, (path: string) => Promise<unknown>]>([
    ['gone', (path) => rm(path)],
    ['another file', (path) => replaceLater(path)],
    ['another file of the same kind moved there', async (path) => rename(await existing('other.img'), path)],
    ['a link to another', (path) => rename(path, `${path}.old`).then(() => symlink(`${path}.old`, path))],
    ['a folder', (path) => rm(path).then(() => mkdir(path))],
    ['larger', (path) => writeFile(path, 'more', { flag: 'a' })],
    ['named twice', (path) => link(path, `${path}.second`)],
  ])('refuses a target that is %s by now, untouched', async (_name, change) => {
    const target = await inspectExisting(await existing('card.img'));
    await change(target.path);
    await expect(targets.openForWriting(target)).rejects.toMatchObject({ code: 'TARGET_CHANGED' });
    await expect(targets.openForReading(target)).rejects.toMatchObject({ code: 'TARGET_CHANGED' });
  });

  test('that is abandoned says what is left', async () => {
    const target = await inspectExisting(await existing('card.img'));
    const untouched = await targets.openForWriting(target);
    expect(await untouched.abandon()).toBe(`Nothing was written to ${target.path}.`);
    const begun = await targets.openForWriting(target);
    await begun.blocks.write(Buffer.alloc(512), 0);
    expect(await begun.abandon()).toContain('partly overwritten');
  });

  test('does not call done what somebody swapped meanwhile', async () => {
    const target = await inspectExisting(await existing('card.img'));
    const writable = await targets.openForWriting(target);
    await rename(await existing('other.img'), target.path);
    await expect(writable.commit()).rejects.toMatchObject({ code: 'TARGET_CHANGED' });
  });

  test.each<[string, (path: string) => Promise<unknown>]>([
    ['swapped', async (path) => rename(await existing('other.img'), path)],
    ['moved away', (path) => rename(path, `${path}.old`)],
  ])(
    'never says of what is at the path of a file that was %s that it was overwritten',
    async (_name, change) => {
      const target = await inspectExisting(await existing('card.img'));
      const writable = await targets.openForWriting(target);
      await writable.blocks.write(Buffer.alloc(512), 0);
      await change(target.path);
      await expect(writable.commit()).rejects.toMatchObject({
        code: 'TARGET_CHANGED',
        data: { state: expect.stringContaining('went to the file that was there before') },
      });
      expect(await writable.abandon()).toContain('went to the file that was there before');
    },
  );

  test('a virtual drive keeps being one', async () => {
    const target = await targets.createVirtual('sd-1', 4 * MiB);
    const writable = await targets.openForWriting(target);
    await writable.blocks.write(Buffer.alloc(4096, 1), 0);
    expect(await writable.commit()).toEqual({ ...target, contents: 'unknown data' });
    const blocks = await targets.openForReading(target);
    const read = Buffer.alloc(4096);
    await blocks.read(read, 0);
    await blocks.close();
    expect(read.every((byte) => byte === 1)).toBe(true);
  });
});

describe('a new file', () => {
  test('appears under its name when it is proven, whole, for its owner alone, with an identity', async () => {
    await symlink(work, join(home, 'way'));
    const target = await inspectNew(join(home, 'way', 'card.img'));
    expect(target).toMatchObject({
      kind: 'new-file',
      path: join(work, 'card.img'),
      size: 4 * MiB,
      identity: 'absent',
    });
    const writable = await targets.openForWriting(target);
    await writable.blocks.write(Buffer.alloc(4096, 5), MiB);
    expect(await readdir(work)).toEqual(['.card.img.sifaka-partial']);
    expect((await stat(join(work, '.card.img.sifaka-partial'))).mode & 0o777).toBe(0o600);
    const made = await writable.commit();
    expect(await readdir(work)).toEqual(['card.img']);
    expect((await stat(made.path)).mode & 0o777).toBe(0o600);
    expect(await inspectExisting(made.path)).toEqual(made);
    expect(made).toMatchObject({ kind: 'existing-file', size: 4 * MiB });
    const blocks = await targets.openForReading(made);
    const read = Buffer.alloc(4096);
    await blocks.read(read, MiB);
    await blocks.close();
    expect(read.every((byte) => byte === 5)).toBe(true);
    expect(await writable.abandon()).toContain('is complete');
    expect(await readdir(work)).toEqual(['card.img']);
  });

  test('that is abandoned leaves nothing', async () => {
    const writable = await targets.openForWriting(await inspectNew(join(work, 'card.img')));
    await writable.blocks.write(Buffer.alloc(512, 5), 0);
    expect(await writable.abandon()).toContain('was removed');
    expect(await readdir(work)).toEqual([]);
  });

  test('never replaces one that is there, from the plan to the last moment', async () => {
    const there = await existing('card.img', Buffer.from('precious'));
    await expect(inspectNew(there)).rejects.toMatchObject({
      code: 'TARGET_EXISTS',
      data: { next: 'Choose another name or remove it yourself.' },
    });
    await symlink('/nowhere', join(work, 'dangling.img'));
    await expect(inspectNew(join(work, 'dangling.img'))).rejects.toMatchObject({ code: 'TARGET_EXISTS' });

    const planned = await inspectNew(join(work, 'later.img'));
    await existing('later.img', Buffer.from('precious'));
    await expect(targets.openForWriting(planned)).rejects.toMatchObject({ code: 'TARGET_EXISTS' });
    await rm(planned.path);

    const writable = await targets.openForWriting(planned);
    await existing('later.img', Buffer.from('precious'));
    await expect(writable.commit()).rejects.toMatchObject({ code: 'TARGET_EXISTS' });
    expect(await readFile(planned.path, 'utf8')).toBe('precious');
    expect(await writable.abandon()).toMatch(/somebody else’s and was not touched; .* was removed/);
    expect((await readdir(work)).toSorted()).toEqual(['card.img', 'dangling.img', 'later.img']);
  });

  test('replaces what a dead run left of it, but nothing that Sifaka did not make', async () => {
    const target = await inspectNew(join(work, 'card.img'));
    const partial = await existing('.card.img.sifaka-partial', Buffer.alloc(8 * MiB, 3));
    const writable = await targets.openForWriting(target);
    await writable.commit();
    expect((await readFile(target.path)).every((byte) => byte === 0)).toBe(true);
    await rm(target.path);

    const precious = await existing('precious', Buffer.from('precious'));
    await symlink(precious, partial);
    await expect(targets.openForWriting(target)).rejects.toMatchObject({ code: 'TARGET_EXISTS' });
    await rm(partial);
    await mkdir(partial);
    await expect(targets.openForWriting(target)).rejects.toMatchObject({ code: 'TARGET_EXISTS' });
    expect(await readFile(precious, 'utf8')).toBe('precious');
  });

  test('whose unfinished file was swapped is not given its name', async () => {
    const writable = await targets.openForWriting(await inspectNew(join(work, 'card.img')));
    await rename(await existing('other'), join(work, '.card.img.sifaka-partial'));
    await expect(writable.commit()).rejects.toMatchObject({ code: 'TARGET_CHANGED' });
    expect(await writable.abandon()).toMatch(/is gone\. If somebody moved it, it may hold secrets/);
    expect(await readdir(work)).toEqual(['.card.img.sifaka-partial']);
  });

  test('needs a folder that is there and is no place of the lab, the app or the devices', async () => {
    await expect(inspectNew(join(work, 'no', 'card.img'))).rejects.toMatchObject({ code: 'TARGET_MISSING' });
    await existing('file');
    await expect(inspectNew(join(work, 'file', 'card.img'))).rejects.toMatchObject({
      code: 'TARGET_MISSING',
    });
    await symlink(join(home, 'lab'), join(work, 'innocent'));
    await targets.createVirtual('sd-1', MiB);
    const places = [
      join(home, 'lab'),
      join(work, 'innocent'),
      join(home, 'data'),
      join(home, 'data', 'drives'),
      ...(process.platform === 'linux' ? ['/dev', '/proc', '/proc/self', '/sys', '/sys/kernel'] : ['/dev']),
    ];
    for (const place of places) {
      await expect(inspectNew(join(place, 'sdx'))).rejects.toMatchObject({ code: 'TARGET_UNSUPPORTED' });
    }
  });

  test('is not made where its folder became a link to elsewhere', async () => {
    await mkdir(join(work, 'a'));
    await mkdir(join(work, 'b'));
    const target = await inspectNew(join(work, 'a', 'card.img'));
    await rm(join(work, 'a'), { recursive: true });
    await symlink(join(work, 'b'), join(work, 'a'));
    await expect(targets.openForWriting(target)).rejects.toMatchObject({ code: 'TARGET_CHANGED' });
    expect(await readdir(join(work, 'b'))).toEqual([]);
  });

  test('too large for the file system leaves nothing', async () => {
    const target = await inspectNew(join(work, 'card.img'), 2 ** 52);
    await expect(targets.openForWriting(target)).rejects.toMatchObject({ code: 'TARGET_FULL' });
    expect(await readdir(work)).toEqual([]);
  });

  test('with a name nobody could read is refused', async () => {
    for (const name of ['a\nb.img', '\u001b]0;x\u0007.img', 'x'.repeat(250)]) {
      await expect(inspectNew(join(work, name))).rejects.toMatchObject({ code: 'TARGET_NAME_INVALID' });
    }
  });
});

test.skipIf(process.platform !== 'linux')('what may not be written is said before anything is', async () => {
  // The kernel's own file, which even root may not write; no plan has it, since its place is refused.
  const path = '/sys/kernel/uevent_seqnum';
  await expect(inspectExisting(path)).rejects.toMatchObject({ code: 'TARGET_UNSUPPORTED' });
  const stats = await stat(path, { bigint: true });
  const target: Target = {
    kind: 'existing-file',
    path,
    label: 'uevent_seqnum',
    size: Number(stats.size),
    identity: identityOf(stats),
    contents: 'unknown data',
  };
  await expect(targets.openForWriting(target)).rejects.toMatchObject({
    code: 'TARGET_UNWRITABLE',
    data: { state: 'Nothing was written.' },
  });
});
