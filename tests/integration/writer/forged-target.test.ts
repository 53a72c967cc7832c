import { link, mkdir, mkdtemp, open, rm, stat, symlink, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createDrives } from '../../../electron/services/drives/create-drives.ts';
import type { CardPlan } from '../../../shared/schemas/card.ts';
import { unproven } from '../../rig/required-tools.ts';
import { runTool } from '../drives/loop-devices.ts';
import { burn, driveSize, type ForgedStage, SharedStage } from './forged-stage.ts';
import { say, sayBytes, type Step, taken } from './writer-alone.ts';

const shared = new SharedStage();
afterAll(() => shared.close());

/** Two ways to a device: to write it, and to read it with root's rights, which must not be lent either. */
const ways: readonly (readonly [way: string, steps: (stage: ForgedStage, plan: CardPlan) => Step[]])[] = [
  ['written', (stage, plan) => stage.job(plan)],
  ['read', (_stage, { target: { path, identity, size } }) => read(path, identity, size)],
];

function read(path: string, identity: string, size: number): Step[] {
  return [say({ type: 'read', protocol: 1, path, identity, size, pieces: [[0, 65536]], contents: [0] })];
}

/** It is refused both ways, and neither a byte is written nor one read. */
async function expectRefused(
  stage: ForgedStage,
  plan: CardPlan,
  code: string,
  between?: () => Promise<unknown>,
): Promise<void> {
  for (const [, steps] of ways) {
    const before = between === undefined ? [] : [between];
    const end = await stage.runUntouched([...before, ...steps(stage, plan)]);
    expect(end).toMatchObject({ code: 1, problem: code, state: 'Nothing was written.', content: [] });
    expect(end.messages.map(({ type }) => type)).toEqual(['hello', 'problem']);
  }
}

describe.for(ways)('a path is never %s', ([way, steps]) => {
  const paths: readonly (readonly [what: string, path: (device: string) => string])[] = [
    ['a partition', (device) => `${device}p1`],
    ['a detour', (device) => `/dev/../dev/${basename(device)}`],
    ['a slash at its end', (device) => `${device}/`],
    ['a dot at its end', (device) => `${device}/.`],
    ['two slashes', (device) => `/${device}`],
    ['a relative one', (device) => `dev/${basename(device)}`],
    ['a bare name', (device) => basename(device)],
    ['a newline at its end', (device) => `${device}\n`],
    ['a newline before it', (device) => `\n${device}`],
    ['a zero at its end', (device) => `${device}\0`],
    ['a zero within', (device) => `${device}\0.img`],
    ['another case', (device) => device.toUpperCase()],
    ['two devices', (device) => `${device} ${device}`],
    ['an option', (device) => `--all ${device}`],
    ['nothing', () => ''],
    ['the folder of devices', () => '/dev'],
    ['the root', () => '/'],
    ['zeros', () => '/dev/zero'],
    ['nowhere', () => '/dev/null'],
    ['the memory', () => '/dev/mem'],
    ['a terminal', () => '/dev/tty'],
    ['what makes loop devices', () => '/dev/loop-control'],
    ['the writer’s own input', () => '/proc/self/fd/0'],
    ['what the kernel says of it', (device) => `/sys/block/${basename(device)}`],
    ['a very long one', (device) => device + '/'.repeat(4000)],
  ];

  // They are told apart by one comparison for both.
  test.for(way === 'written' ? paths : paths.slice(0, 3))('that is %s', async ([, path], context) => {
    const stage = await shared.get(context);
    const end = await stage.runUntouched(steps(stage, stage.plan({ path: path(stage.target.path) })));
    expect(end).toMatchObject({
      code: 1,
      problem: 'TARGET_MISSING',
      state: 'Nothing was written.',
      content: [],
    });
  });

  test('that is a number of the device, a link to it, the file it stands for, or a node of it elsewhere', async (context) => {
    const stage = await shared.get(context);
    const { path: device } = stage.target;
    const folder = await mkdtemp(join(tmpdir(), 'sifaka-forged-links-'));
    const inDev = `/dev/sifaka-forged-${process.pid}-${basename(folder)}`;
    try {
      await symlink(device, join(folder, 'link'));
      await symlink(device, inDev);
      const number = await runTool('cat', `/sys/block/${basename(device)}/dev`);
      await runTool('mknod', join(folder, 'node'), 'b', ...number.split(':'));
      const others = [
        `/dev/block/${number}`,
        join(folder, 'link'),
        inDev,
        stage.fileOf(device),
        join(folder, 'node'),
      ];
      for (const path of others) {
        const end = await stage.runUntouched(steps(stage, stage.plan({ path })));
        expect([path, end.problem, end.content]).toEqual([path, 'TARGET_MISSING', []]);
      }
    } finally {
      await rm(inDev, { force: true });
      await rm(folder, { recursive: true });
    }
  });
});

describe('a device', () => {
  test('that this system runs from is refused, with its right identity and size', async (context) => {
    const stage = await shared.get(context);
    const drives = await createDrives({ protectedPaths: [] }).list();
    const system = drives.filter(({ reasons }) => reasons.some((reason) => reason.includes('runs from it')));
    if (system.length === 0) unproven(context, 'needs a system that runs from a drive');
    for (const { path, label, size, identity, contents } of system) {
      const counts = () => runTool('cat', `/sys/block/${basename(path)}/ro`);
      const before = await counts();
      const plan = stage.plan({ path, label, size, identity, contents });
      await expectRefused(stage, plan, 'DRIVE_NOT_OFFERED');
      expect(await counts()).toBe(before);
    }
  });

  const identities: readonly (readonly [
    what: string,
    change: (stage: ForgedStage) => Partial<CardPlan['target']>,
  ])[] = [
    ['with the identity of another', ({ bystander }) => ({ identity: bystander.identity })],
    ['at the path of another', ({ bystander }) => ({ path: bystander.path })],
    ['with no identity', () => ({ identity: '' })],
    ['with less of an identity', ({ target }) => ({ identity: target.identity.replace(/&diskseq=.*/, '') })],
    ['with more of an identity', ({ target }) => ({ identity: `${target.identity}&serial=1` })],
    ['that counts one drive more', ({ target }) => ({ identity: `${target.identity}0` })],
    ['of a larger size', () => ({ size: driveSize + 4096 })],
    ['of a smaller size', () => ({ size: driveSize - 4096 })],
    ['of hardly any size', () => ({ size: 65_536 })],
  ];

  test.for(identities)('%s is another one', async ([, change], context) => {
    const stage = await shared.get(context);
    await expectRefused(stage, stage.plan(change(stage)), 'TARGET_CHANGED');
  });

  test('that was plugged in again since is another one', async (context) => {
    await using stage = await shared.own(context);
    await stage.attachAgain();
    await expectRefused(stage, stage.plan(), 'TARGET_CHANGED');
  });

  test('that is plugged in again while the writer waits for its job is another one', async (context) => {
    await using stage = await shared.own(context);
    await expectRefused(stage, stage.plan(), 'TARGET_CHANGED', () => stage.attachAgain());
  });

  test('that is plugged in again between the writer’s two looks is another one', async (context) => {
    await using stage = await shared.own(context);
    // So many changes that the line does not take them all before the writer does, which is after its first look.
    const count = 80;
    const changes = Array.from({ length: count }, (_, index) =>
      sayBytes((index % 4) << 20, Buffer.alloc(1 << 20)),
    );
    const steps: Step[] = [
      burn(stage.plan(), { deltaBytes: count << 20 }),
      ...changes,
      taken,
      () => stage.attachAgain(),
      ...['begin', 'erase', 'head', 'finish'].map((type) => say({ type })),
    ];
    const end = await stage.runUntouched(steps);
    expect(end).toMatchObject({ code: 1, problem: 'TARGET_CHANGED' });
    expect(end.state).toMatch(/^Nothing was written to /);
  });

  test('that gets another size while the app lets the writer wait is not erased', async (context) => {
    await using stage = await shared.own(context);
    const { path } = stage.target;
    const before = await stage.lookAt(path);
    const steps = stage.job();
    const ready = steps.indexOf('ready') + 1;
    const grow = async () => {
      await truncate(stage.fileOf(path), 2 * driveSize);
      await runTool('losetup', '--set-capacity', path);
    };
    const end = await stage.run([...steps.slice(0, ready), grow, ...steps.slice(ready)]);
    expect(end).toMatchObject({ code: 1, problem: 'TARGET_CHANGED' });
    expect(end.state).toMatch(/^Nothing was written to /);
    await truncate(stage.fileOf(path), driveSize);
    expect(await stage.lookAt(path)).toEqual(before);
  });

  test('that is mounted is refused, and stays mounted', async (context) => {
    await using stage = await shared.own(context, 'mke2fs', 'mount');
    const path = await stage.another('mounted', { make: (file) => runTool('mke2fs', '-q', '-F', file) });
    const place = join(stage.loops.folder, 'place');
    await mkdir(place);
    await stage.loops.during(
      () => runTool('mount', path, place),
      () => runTool('umount', place).catch(() => undefined),
    );
    expect((await stage.lookAt(path)).mounts).not.toBe('');
    await expectRefused(stage, await stage.planFor(path), 'DRIVE_NOT_OFFERED');
  });

  test('that is swapped onto is refused', async (context) => {
    await using stage = await shared.own(context, 'mkswap', 'swapon');
    const path = await stage.another('swap', { make: (file) => runTool('mkswap', file) });
    await stage.loops.during(
      () => runTool('swapon', path),
      () => runTool('swapoff', path).catch(() => undefined),
    );
    await expectRefused(stage, await stage.planFor(path), 'DRIVE_NOT_OFFERED');
  });

  const larger: readonly (readonly [
    what: string,
    tools: readonly string[],
    make: (path: string) => Promise<unknown>,
  ])[] = [
    ['LVM', ['pvcreate'], (path) => runTool('pvcreate', '--quiet', '--yes', path)],
    ['md', [], (path) => writeAt(path, 4096, mdSuperblock())],
    ['ZFS', [], writeZfsLabels],
    ['Ceph', [], (path) => writeAt(path, 0, Buffer.from('bluestore block device\n'))],
  ];

  test.for(larger)('that holds a piece of %s is refused', async ([, tools, make], context) => {
    await using stage = await shared.own(context, ...tools);
    // libblkid looks for ZFS on what has 64 MiB at least.
    const path = await stage.another('piece', { size: 72 << 20 });
    await make(path);
    await expectRefused(stage, await stage.planFor(path), 'DRIVE_NOT_OFFERED');
  });

  test('that is read-only is none', async (context) => {
    await using stage = await shared.own(context);
    const path = await stage.another('snap', { options: ['--read-only'] });
    const identity = stage.target.identity;
    await expectRefused(stage, stage.plan({ path, identity }), 'TARGET_MISSING');
  });

  test('whose file is attached twice is refused, whatever names that file has', async (context) => {
    await using stage = await shared.own(context);
    const { path } = stage.target;
    const second = join(stage.loops.folder, 'second-name');
    await link(stage.fileOf(path), second);
    await stage.loops.attach(second);
    await expectRefused(stage, await stage.planFor(path), 'DRIVE_NOT_OFFERED');
  });

  test('that stands for another is refused, by whatever name that one was attached', async (context) => {
    await using stage = await shared.own(context);
    const node = join(stage.loops.folder, 'node');
    const { rdev } = await stat(stage.bystander.path);
    await runTool('mknod', node, 'b', String(rdev >> 8), String(rdev & 0xff));
    const above = await stage.loops.attach(node);
    await expectRefused(stage, await stage.planFor(above), 'DRIVE_NOT_OFFERED');
    await expectRefused(stage, await stage.planFor(stage.bystander.path), 'DRIVE_NOT_OFFERED');
  });

  test('that stands for the golden image is refused', async (context) => {
    await using stage = await shared.own(context);
    const path = await stage.loops.attach(stage.imagePath);
    const end = await stage.runUntouched(stage.job(await stage.planFor(path)));
    expect(end).toMatchObject({ code: 1, problem: 'DRIVE_NOT_OFFERED', state: 'Nothing was written.' });
  });

  test('that carries the golden image is refused, and stays mounted', async (context) => {
    await using stage = await shared.own(context, 'mke2fs', 'mount');
    const path = await stage.another('stick', {
      make: (file) => runTool('mke2fs', '-q', '-F', '-t', 'ext4', '-O', '^has_journal', file),
    });
    const place = await stage.mediaFolder();
    await stage.loops.during(
      () => runTool('mount', path, place),
      () => runTool('umount', path).catch(() => undefined),
    );
    await runTool('truncate', '--size', '1M', join(place, 'golden.raw'));
    await runTool('sync', '--file-system', place);
    const image = await open(join(place, 'golden.raw'));
    try {
      const plan = await stage.planFor(path);
      const small = { ...plan, image: { ...plan.image, size: 2 ** 20 } };
      const steps = stage.job(small, { pieces: [[0, 2 ** 20]], deltaBytes: 0 });
      const withoutDelta = steps.filter((_, index) => index !== 1 && index !== 2);
      const end = await stage.runUntouched(withoutDelta, { input: image.fd });
      expect(end).toMatchObject({ code: 1, problem: 'DRIVE_NOT_OFFERED', state: 'Nothing was written.' });
    } finally {
      await image.close();
    }
  });
});

async function writeAt(path: string, offset: number, bytes: Buffer): Promise<void> {
  await using device = await open(path, 'r+');
  await device.write(bytes, 0, bytes.length, offset);
  await device.sync();
}

/** Version 1.2 of Linux RAID, 4 KiB from the start (kernel: include/uapi/linux/raid/md_p.h, struct mdp_superblock_1). */
function mdSuperblock(): Buffer {
  const block = Buffer.alloc(4096);
  const fields: readonly (readonly [at: number, value: number])[] = [
    [0, 0xa92b4efc],
    [4, 1],
    [72, 1],
    [80, 8192],
    [92, 2],
    [128, 2048],
    [136, 8192],
    [144, 8],
    [220, 2],
  ];
  for (const [at, value] of fields) block.writeUInt32LE(value, at);
  let sum = 0n;
  for (let at = 0; at < 256 + 2 * 2; at += 4) sum += BigInt(block.readUInt32LE(at));
  block.writeUInt32LE(Number((sum & 0xffffffffn) + (sum >> 32n)), 216);
  return block;
}

/** ZFS on-disk format, 1.3: the second half of a label is a ring of uberblocks, each of which begins with a magic. */
async function writeZfsLabels(path: string): Promise<void> {
  const ring = Buffer.alloc(128 * 1024);
  for (let at = 0; at < ring.length; at += 1024) ring.writeBigUInt64LE(0x00bab10cn, at);
  for (const label of [0, 2 * ring.length]) await writeAt(path, label + ring.length, ring);
}
