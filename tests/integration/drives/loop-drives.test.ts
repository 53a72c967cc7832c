import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, test, type TestContext } from 'vitest';
import { createDrives } from '../../../electron/services/drives/create-drives.ts';
import type { Drive } from '../../../shared/schemas/drive.ts';
import { asPlainUser } from '../../rig/plain-user.ts';
import { unproven } from '../../rig/required-tools.ts';
import { LoopDevices, runTool } from './loop-devices.ts';

const mebibyte = 2 ** 20;
const list = (protectedPaths: readonly string[] = []) => createDrives({ protectedPaths }).list();

async function find(path: string, protectedPaths: readonly string[] = []): Promise<Drive | undefined> {
  return (await list(protectedPaths)).find((drive) => drive.path === path);
}

test('the drive this system runs from is shown and never offered', async (context) => {
  const { dev } = await stat('/', { bigint: true });
  const number = `${(dev >> 8n) & 0xfffn}:${(dev & 0xffn) | ((dev >> 12n) & 0xfff00n)}`;
  const drives = await list();
  if (number.startsWith('0:')) unproven(context, 'needs / on a block device');
  const carrying = drives.filter(({ reasons }) =>
    reasons.some((reason) => reason.includes('system runs from it (/')),
  );
  expect(carrying).not.toEqual([]);
  expect(carrying.every(({ offered }) => !offered)).toBe(true);
});

test('an attached file is a drive; its identity is the same for everyone, and another when it is attached again', async (context) => {
  await using loops = await LoopDevices.open(context);
  const file = await loops.file('card with a name.img', 8 * mebibyte);
  const path = await loops.attach(file);
  const drive = await find(path);
  expect(drive).toMatchObject({
    kind: 'loop',
    bus: 'loop',
    model: 'file card with a name.img',
    label: `file card with a name.img 8.39 MB · ${basename(path)}`,
    size: 8 * mebibyte,
    removable: true,
    readOnly: false,
    contents: 'nothing that is recognised',
    offered: true,
    reasons: [],
  });
  const asNobody = await asPlainUser(() => find(path));
  expect(asNobody?.identity).toBe(drive?.identity);
  await loops.attachAgain(path, file, async () => {
    expect(await find(path)).not.toMatchObject({ identity: drive?.identity });
  });
  const again = await find(path);
  expect(again).toMatchObject({ size: 8 * mebibyte, offered: true });
  expect(again?.identity).not.toBe(drive?.identity);
});

test('a read-only loop device is not a drive', async (context) => {
  await using loops = await LoopDevices.open(context);
  const path = await loops.attach(await loops.file('snap.img', mebibyte), '--read-only');
  expect(await find(path)).toBeUndefined();
});

const signatures: readonly (readonly [
  what: string,
  tools: readonly string[],
  make: (path: string) => Promise<unknown>,
  expected: Partial<Drive> | { reasons: unknown },
])[] = [
  [
    'a file system',
    ['mke2fs'],
    (path) => runTool('mke2fs', '-q', '-F', '-t', 'ext4', '-L', 'old root', path),
    { offered: true, contents: 'ext4 “old root” 75.5 MB' },
  ],
  [
    'a partition table',
    ['sfdisk'],
    (path) =>
      runTool(
        'sh',
        '-c',
        'echo ,1M | sfdisk --quiet --no-reread --no-tell-kernel --label gpt "$1"',
        'sh',
        path,
      ),
    { offered: true, contents: 'a partition table (GPT)' },
  ],
  [
    'a swap that is not in use',
    ['mkswap'],
    (path) => runTool('mkswap', path),
    { offered: true, contents: 'swap 75.5 MB' },
  ],
  [
    'a locked LUKS volume',
    ['cryptsetup'],
    (path) =>
      runTool(
        ...(['sh', '-c'] as const),
        'echo secret | cryptsetup luksFormat --batch-mode --pbkdf pbkdf2 --pbkdf-force-iterations 1000 "$1"',
        ...(['sh', path] as const),
      ),
    { offered: true, contents: 'LUKS (encrypted) 75.5 MB locked' },
  ],
  [
    'an LVM member',
    ['pvcreate'],
    (path) => runTool('pvcreate', '--quiet', '--yes', path),
    { offered: false, reasons: [expect.stringContaining('belongs to an LVM volume group')] },
  ],
  [
    'a ZFS member',
    ['wipefs'],
    writeZfsLabels,
    { offered: false, reasons: [expect.stringContaining('belongs to a ZFS pool')] },
  ],
  [
    'a Ceph store',
    ['wipefs'],
    (path) => writeAt(path, [[0, Buffer.from('bluestore block device\n')]]),
    { offered: false, reasons: [expect.stringContaining('belongs to a Ceph store')] },
  ],
];

test.for(signatures)('%s is recognised on the device itself', async ([, tools, make, expected], context) => {
  await using loops = await LoopDevices.open(context, 'wipefs', ...tools);
  const path = await loops.attach(await loops.file('card.img', 72 * mebibyte));
  await make(path);
  expect(await find(path)).toMatchObject(expected);
});

test('a drive that is mounted is in use, for everyone, and carries what is in that folder', async (context) => {
  await using loops = await LoopDevices.open(context, 'mke2fs', 'mount');
  const path = await loops.attach(await loops.file('card.img', 8 * mebibyte));
  await runTool('mke2fs', '-q', '-F', path);
  const place = join(loops.folder, 'my disk');
  await mkdir(place);
  await loops.during(
    () => runTool('mount', path, place),
    () => runTool('umount', place),
  );
  const drive = await find(path);
  expect(drive?.reasons).toEqual([`It is in use by this machine at ${place}: unmount it yourself first.`]);
  expect(drive?.parts[0]?.mountpoints).toEqual([place]);
  expect(drive?.contents).toContain(`mounted at ${place}`);
  const keeping = await find(path, [join(place, 'lab', 'not yet there')]);
  expect(keeping?.reasons).toContain(
    `It carries what Sifaka works with: ${join(place, 'lab', 'not yet there')}.`,
  );
  expect((await asPlainUser(() => find(path)))?.offered).toBe(false);
});

test('a mounted btrfs, which has no device number', async (context) => {
  await using loops = await LoopDevices.open(context, 'mkfs.btrfs', 'mount');
  await requireFileSystem(context, 'btrfs');
  const path = await loops.attach(await loops.file('card.img', 128 * mebibyte));
  await runTool('mkfs.btrfs', '-q', path);
  const place = join(loops.folder, 'mounted');
  await mkdir(place);
  await loops.during(
    () => runTool('mount', path, place),
    () => runTool('umount', place),
  );
  expect((await find(path, [place]))?.reasons).toEqual([
    `It carries what Sifaka works with: ${place}.`,
    `It is in use by this machine at ${place}: unmount it yourself first.`,
  ]);
});

test('a drive that is swapped onto', async (context) => {
  await using loops = await LoopDevices.open(context, 'mkswap', 'swapon');
  const path = await loops.attach(await loops.file('card.img', 8 * mebibyte));
  await runTool('mkswap', path);
  await loops.during(
    () => runTool('swapon', path),
    () => runTool('swapoff', path),
  );
  expect((await find(path))?.reasons).toEqual([`This system swaps onto it (${path}).`]);
});

test('a file in a protected folder, a deleted one, one that is attached twice, and a device over a device', async (context) => {
  await using loops = await LoopDevices.open(context);
  const kept = await loops.attach(await loops.file('kept.img', mebibyte));
  expect((await find(kept, [loops.folder]))?.reasons).toEqual([
    `Its file is in a folder Sifaka works with: ${join(loops.folder, 'kept.img')}.`,
  ]);

  const deleted = await loops.file('deleted.img', mebibyte);
  const deletedDevice = await loops.attach(deleted);
  await rm(deleted);
  expect((await find(deletedDevice))?.reasons).toEqual([expect.stringContaining('was deleted')]);

  const twice = await loops.file('twice.img', mebibyte);
  const first = await loops.attach(twice);
  const second = await loops.attach(twice, '--offset', '4096');
  expect((await find(first))?.reasons).toEqual([
    `Its file is also attached as ${second}: detach that first.`,
  ]);

  const below = await loops.attach(await loops.file('below.img', mebibyte));
  const above = await loops.attach(below);
  expect((await find(above))?.reasons).toEqual([`It stands for ${below}: choose that drive itself.`]);
  expect((await find(below))?.reasons).toEqual([`It is in use through ${above}: detach that first.`]);
});

test('a watcher sees a drive come, change and go, says nothing twice, and ends with its signal', async (context) => {
  await using loops = await LoopDevices.open(context, 'mke2fs', 'mount');
  const file = await loops.file('watched.img', 8 * mebibyte);
  const controller = new AbortController();
  const drives = createDrives({ protectedPaths: [], tickMilliseconds: 50 }).watch(controller.signal);
  const lists = drives[Symbol.asyncIterator]();
  let last: Drive[] | undefined;
  /** The next list in which our drive is as expected. Other tests' drives come and go meanwhile. */
  const until = async (isSo: (drive: Drive | undefined) => boolean) => {
    for (;;) {
      const { value, done } = await lists.next();
      expect(done).not.toBe(true);
      expect(value).not.toEqual(last);
      last = value as Drive[];
      if (isSo(last.find(({ model }) => model === 'file watched.img'))) return;
    }
  };
  await until((drive) => drive === undefined);
  const path = await loops.attach(file);
  await until((drive) => drive?.offered === true);
  await runTool('mke2fs', '-q', '-F', path);
  const place = join(loops.folder, 'mounted');
  await mkdir(place);
  await runTool('mount', path, place);
  await until((drive) => drive?.offered === false);
  await runTool('umount', place);
  await until((drive) => drive?.offered === true);
  await loops.detach(path);
  await until((drive) => drive === undefined);
  const ending = lists.next();
  controller.abort();
  for (let end = await ending; end.done !== true; end = await lists.next());
  expect(await lists.next()).toMatchObject({ done: true });
});

test('a file that is renamed while it is attached is still known by its name now', async (context) => {
  await using loops = await LoopDevices.open(context);
  const file = await loops.file('before.img', mebibyte);
  const path = await loops.attach(file);
  const before = await find(path);
  await rename(file, join(loops.folder, 'after.img'));
  const after = await find(path);
  expect(after?.model).toBe('file after.img');
  expect(after?.identity).toBe(before?.identity);
});

/**
 * ZFS on-disk format, 1.3: the first two labels of 256 KiB, whose second halves are rings of uberblocks of 1 KiB, each of
 * which begins with a magic.
 */
async function writeZfsLabels(path: string): Promise<void> {
  const label = 256 * 1024;
  const ring = Buffer.alloc(label / 2);
  for (let at = 0; at < ring.length; at += 1024) ring.writeBigUInt64LE(0x00bab10cn, at);
  await writeAt(path, [
    [label / 2, ring],
    [label + label / 2, ring],
  ]);
}

async function writeAt(
  path: string,
  pieces: readonly (readonly [offset: number, bytes: Buffer])[],
): Promise<void> {
  const device = await open(path, 'r+');
  try {
    for (const [offset, bytes] of pieces) await device.write(bytes, 0, bytes.length, offset);
    await device.sync();
  } finally {
    await device.close();
  }
}

async function requireFileSystem(context: TestContext, name: string): Promise<void> {
  const known = await runTool('cat', '/proc/filesystems');
  if (!known.split(/\s+/).includes(name)) unproven(context, `needs ${name} in the kernel`);
}
