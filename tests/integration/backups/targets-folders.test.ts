import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import { createNodeFiles } from '../../../electron/services/backups/node/node-files.ts';
import { requireTools, unproven } from '../../rig/required-tools.ts';
import { quiet, still, TargetWorld } from './target-world.ts';

const mebibyte = 1024 * 1024;
const kinds = ['node-folder', 'local-folder'] as const;

let world: TargetWorld;
let opened: Awaited<ReturnType<TargetWorld['open']>>;
/** What stands for the share of this test, and the target there. */
let nas: string;
let attic: string;
let tests = 0;
const mounts: string[] = [];
beforeAll(async () => {
  world = new TargetWorld();
  opened = await world.open();
});
afterAll(() => world.remove());
beforeEach(() => {
  tests += 1;
  attic = `attic-${tests}`;
  nas = join(world.disks, attic);
  mkdirSync(nas);
});
afterEach(() => {
  for (const mounted of mounts.splice(0)) execFileSync('umount', [mounted]);
});

/** A small disk of its own at a folder, as a NAS is mounted there. */
function mountDisk(context: TestContext, folder: string, size: string): void {
  requireTools(context, 'mount');
  if (process.getuid?.() !== 0) unproven(context, 'needs root to mount a disk');
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
  mounts.push(folder);
}

function unmountDisk(folder: string): void {
  execFileSync('umount', [folder]);
  mounts.splice(mounts.indexOf(folder), 1);
}

async function openAttic(kind: (typeof kinds)[number], more: Readonly<Record<string, unknown>> = {}) {
  world.define({ [attic]: { kind, path: nas, ...more } });
  return opened.targets.open(attic);
}

/** An empty folder on the disk of the node. */
function emptyFolder(name: string): string {
  const folder = join(world.disks, `${name}-${tests}`);
  mkdirSync(folder);
  return folder;
}

const everything = (folder: string) => readdirSync(folder, { recursive: true });

describe.each(kinds)('a target of the kind %s', (kind) => {
  it('whose NAS is not mounted gets nothing', async (context) => {
    mountDisk(context, nas, '64m');
    const store = await openAttic(kind, { server: 'nas' });
    expect(await store.init(still)).toMatchObject({ state: 'ready' });
    const archive = world.archive({ bytes: 2 * mebibyte });
    await store.copy(archive, quiet);
    unmountDisk(nas);

    expect(await store.check(still)).toMatchObject({
      state: 'unmounted',
      problem: { code: 'TARGET_UNMOUNTED' },
    });
    const next = world.archive({ bytes: mebibyte, at: '2026_11_21-14_00_00' });
    await expect(store.copy(next, quiet)).rejects.toMatchObject({ code: 'TARGET_UNMOUNTED' });
    await expect(store.list(still)).rejects.toMatchObject({ code: 'TARGET_UNMOUNTED' });
    // Nor does it become one by being set up once more.
    await expect(store.init(still)).rejects.toMatchObject({ code: 'TARGET_UNMOUNTED' });
    expect(readdirSync(nas)).toEqual([]);
  });

  it('of a NAS is not set up where nothing is mounted', async () => {
    const store = await openAttic(kind, { server: 'nas' });
    await expect(store.init(still)).rejects.toMatchObject({
      code: 'TARGET_UNMOUNTED',
      data: { what: expect.stringContaining('no NAS is mounted') },
    });
    expect(readdirSync(nas)).toEqual([]);
  });

  it('that is full is not begun, and has no archive; once there is room it gets it', async (context) => {
    mountDisk(context, nas, '6m');
    const store = await openAttic(kind);
    await store.init(still);
    const archive = world.archive({ bytes: 8 * mebibyte });
    await expect(store.copy(archive, quiet)).rejects.toMatchObject({
      code: 'COPY_FAILED',
      data: { what: expect.stringContaining('there is no space for it') },
    });
    expect((await store.list(still)).filter(({ partial }) => !partial)).toEqual([]);
    execFileSync('mount', ['-o', 'remount,size=32m', nas]);
    expect(await store.copy(archive, quiet)).toMatchObject({ state: 'verified' });
  });

  it('goes on where a copy was cut, and begins anew where what is there is not its beginning', async () => {
    const store = await openAttic(kind);
    await store.init(still);
    const archive = world.archive({ bytes: 3 * mebibyte });
    const { name, path = '' } = archive.files[0] ?? {};
    const folder = join(nas, 'madagascar', 'qemu-100', archive.record.archive ?? '');
    const part = join(folder, `${name}.sifaka-part`);
    for (const [beginning, isRight] of [
      [readFileSync(path).subarray(0, 2 * mebibyte), true],
      [Buffer.alloc(2 * mebibyte, 7), false],
    ] as const) {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      writeFileSync(part, beginning);
      expect(await store.list(still)).toMatchObject([{ partial: true }]);
      expect(await store.copy(archive, quiet)).toMatchObject({ state: 'verified', proof: 'read-back' });
      expect([isRight, readFileSync(join(folder, name ?? '')).equals(readFileSync(path))]).toEqual([
        isRight,
        true,
      ]);
      expect(readdirSync(folder).toSorted((a, b) => a.localeCompare(b))).toEqual([
        'sifaka-backup.json',
        name,
      ]);
    }
  });

  it('notices a flipped bit, and the next copy mends it', async () => {
    const store = await openAttic(kind);
    await store.init(still);
    const archive = world.archive({ bytes: mebibyte });
    const [file] = archive.files;
    if (file === undefined) throw new Error('no file');
    await store.copy(archive, quiet);
    const copy = join(nas, 'madagascar', 'qemu-100', archive.record.archive ?? '', file.name);
    const bytes = readFileSync(copy);
    bytes[500_000] = (bytes[500_000] ?? 0) ^ 1;
    writeFileSync(copy, bytes);
    const [found] = await store.list(still);
    if (found === undefined) throw new Error('nothing is listed');
    expect((await store.digests(found, quiet)).get(file.name)).not.toBe(file.sha256);

    const back = emptyFolder('back');
    await expect(store.bringTo(found, { node: 'baobab', folder: back }, quiet)).rejects.toMatchObject({
      code: 'COPY_MISMATCH',
    });
    expect(readdirSync(back)).toEqual([]);
    await store.copy(archive, quiet);
    expect((await store.digests(found, quiet)).get(file.name)).toBe(file.sha256);
  });

  it('takes no copy of a file that changed since it was backed up', async () => {
    const store = await openAttic(kind);
    await store.init(still);
    const archive = world.archive({ bytes: mebibyte });
    const path = archive.files[0]?.path ?? '';
    appendFileSync(path, 'more');
    truncateSync(path, mebibyte);
    writeFileSync(path, Buffer.alloc(10), { flag: 'r+' });
    await expect(store.copy(archive, quiet)).rejects.toMatchObject({ code: 'ARCHIVE_CHANGED' });
    truncateSync(path, 1000);
    await expect(store.copy(archive, quiet)).rejects.toMatchObject({
      code: expect.stringMatching(/^(ARCHIVE_CHANGED|COPY_FAILED)$/),
    });
    expect((await store.list(still)).filter(({ partial }) => !partial)).toEqual([]);
  });

  it('writes nothing through a link, wherever it is put', async () => {
    const store = await openAttic(kind);
    await store.init(still);
    const archive = world.archive({ bytes: mebibyte });
    const name = archive.record.archive ?? '';
    const elsewhere = emptyFolder('elsewhere');
    const guest = 'madagascar/qemu-100';
    for (const at of ['madagascar', guest, `${guest}/${name}`, `${guest}/${name}/${name}`]) {
      rmSync(join(nas, 'madagascar'), { recursive: true, force: true });
      mkdirSync(join(nas, at, '..'), { recursive: true });
      symlinkSync(elsewhere, join(nas, at));
      await expect(store.copy(archive, quiet)).rejects.toMatchObject({ code: 'TARGET_REFUSED' });
      expect([at, everything(elsewhere)]).toEqual([at, []]);
    }
  });

  it('lists what is whole, and believes no record that is not of its archive', async () => {
    const store = await openAttic(kind);
    await store.init(still);
    const archive = world.archive({ bytes: 1000 });
    await store.copy(archive, quiet);
    const [found] = await store.list(still);
    if (found === undefined) throw new Error('nothing is listed');
    const folder = join(nas, 'madagascar', 'qemu-100', archive.record.archive ?? '');
    const record = join(folder, 'sifaka-backup.json');
    const right = JSON.parse(readFileSync(record, 'utf8')) as Record<string, unknown>;
    const back = emptyFolder('back');
    const file = { name: 'x', sizeBytes: 1, sha256: 'a'.repeat(64) };
    for (const wrong of [
      'no JSON',
      '[]',
      ' '.repeat(2 * mebibyte),
      JSON.stringify({ ...right, archive: 'another' }),
      JSON.stringify({ ...right, files: [] }),
      JSON.stringify({ ...right, files: [{ ...file, name: '..' }] }),
      JSON.stringify({ ...right, files: [{ ...file, name: '.bashrc' }] }),
      JSON.stringify({ ...right, files: [{ ...file, name: 'a\u001b[2Jb' }] }),
      JSON.stringify({ ...right, files: [file, file] }),
      JSON.stringify({ ...right, files: [{ ...file, name: 'sifaka-backup.json' }] }),
    ]) {
      writeFileSync(record, wrong);
      const uses = [
        () => store.record(found, still),
        () => store.digests(found, quiet),
        () => store.bringTo(found, { node: 'baobab', folder: back }, quiet),
      ];
      // All of them read it in one way.
      for (const use of wrong.includes('..') ? uses : uses.slice(0, 1)) {
        await expect(use()).rejects.toMatchObject({
          code: expect.stringMatching(/^(ARCHIVE_CORRUPT|TARGET_REFUSED)$/),
        });
      }
      expect(readdirSync(back)).toEqual([]);
    }
    // What lies there besides is not ours.
    for (const path of [
      'note.txt',
      'madagascar/qemu-7/x/y',
      'madagascar/qemu-100/.hidden/y',
      'a b/qemu-100/c/d',
    ])
      mkdirSync(join(nas, path, '..'), { recursive: true });
    for (const path of [
      'note.txt',
      'madagascar/qemu-7/x/y',
      'madagascar/qemu-100/.hidden/y',
      'a b/qemu-100/c/d',
    ])
      writeFileSync(join(nas, path), 'x');
    mkdirSync(join(nas, 'madagascar/qemu-100/esc\u001b[31m'));
    writeFileSync(join(nas, 'madagascar/qemu-100/esc\u001b[31m/y'), 'x');
    expect((await store.list(still)).map(({ name }) => name)).toEqual([archive.record.archive]);
  });

  it('removes an archive with its record first, and nothing that is not of it', async () => {
    const store = await openAttic(kind);
    await store.init(still);
    const archive = world.archive({ bytes: 1000 });
    const other = world.archive({ bytes: 1000, vmid: 101 });
    await store.copy(archive, quiet);
    await store.copy(other, quiet);
    const found = (await store.list(still)).find(({ vmid }) => vmid === 100);
    if (found === undefined) throw new Error('nothing is listed');
    const folder = join(nas, 'madagascar', 'qemu-100', archive.record.archive ?? '');
    mkdirSync(join(folder, 'of somebody'));
    writeFileSync(join(folder, 'of somebody', 'letter'), 'x');
    const outside = join(emptyFolder('outside'), 'file');
    writeFileSync(outside, 'x');
    symlinkSync(outside, join(folder, 'link'));
    await store.remove(found, still);
    expect(everything(folder)).toEqual(['of somebody', 'of somebody/letter']);
    expect(existsSync(outside)).toBe(true);
    expect((await store.list(still)).map(({ vmid }) => vmid)).toEqual([101]);
    await expect(store.remove({ ...found, name: '../qemu-101' }, still)).rejects.toMatchObject({
      code: 'ARCHIVE_GONE',
    });
    expect((await store.list(still)).map(({ vmid }) => vmid)).toEqual([101]);
  });

  it('of another lab, or another target of this one, is not used and not taken over', async () => {
    const store = await openAttic(kind);
    await store.init(still);
    world.define({ [attic]: { kind, path: nas }, cellar: { kind, path: nas } });
    const cellar = await opened.targets.open('cellar');
    await expect(cellar.init(still)).rejects.toMatchObject({ code: 'TARGET_OTHER' });

    // Another lab with the same name for it, and an id of its own.
    const file = join(world.lab, 'backups', 'targets.json');
    const ours = readFileSync(file, 'utf8');
    const { lab } = JSON.parse(ours) as { lab: string };
    writeFileSync(file, ours.replace(lab, crypto.randomUUID()));
    try {
      for (const use of [
        () => store.init(still),
        () => store.copy(world.archive({ bytes: 1000 }), quiet),
        () => store.list(still),
      ])
        await expect(use()).rejects.toMatchObject({ code: 'TARGET_OTHER' });
      expect(await store.check(still)).toMatchObject({
        state: 'unmounted',
        problem: { code: 'TARGET_OTHER' },
      });
    } finally {
      writeFileSync(file, ours);
    }
    expect(everything(nas)).toEqual(['.sifaka-backup-target']);
  });
});

it('a node whose disk is full says so', async (context) => {
  mountDisk(context, nas, '1m');
  const { destinations } = await opened.ssh.ways();
  const files = createNodeFiles(opened.ssh, destinations.toNode('baobab'));
  await expect(files.write(join(nas, 'file'), 0, Buffer.alloc(2 * mebibyte), still)).rejects.toMatchObject({
    code: 'COPY_FAILED',
    data: { what: expect.stringContaining('there is no space left') },
  });
});
