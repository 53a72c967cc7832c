import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createDrives } from '../../../electron/services/drives/create-drives.ts';
import { createTargets } from '../../../electron/services/drives/create-targets.ts';
import { targetRequestSchema } from '../../../shared/schemas/card.ts';
import { Desk } from '../cli/run-cli.ts';
import { runTool } from '../drives/loop-devices.ts';
import { driveSize, type ForgedStage, SharedStage } from './forged-stage.ts';

const shared = new SharedStage();
const desk = new Desk();
afterAll(async () => {
  desk.remove();
  await shared.close();
});

async function targetsOf({ loops }: ForgedStage) {
  const folder = join(loops.folder, 'drives');
  await mkdir(folder, { recursive: true });
  const drives = createDrives({ protectedPaths: [] });
  return { folder, targets: createTargets({ folder, protectedPaths: [], drives }) };
}

/** Ways to a device that a path can be by the time it is opened. */
const ways: readonly (readonly [what: string, make: (path: string, device: string) => Promise<unknown>])[] = [
  ['a link to a device', (path, device) => symlink(device, path)],
  [
    'a link to a link to a device',
    async (path, device) => {
      await symlink(device, `${path}.way`);
      await symlink(basename(`${path}.way`), path);
    },
  ],
  [
    'a device of its own',
    async (path, device) => {
      const number = await runTool('cat', `/sys/block/${basename(device)}/dev`);
      await runTool('mknod', path, 'b', ...number.split(':'));
    },
  ],
];

describe('a request names no device but as a drive', () => {
  test.for(ways)('a file that is %s is refused', async ([, make], context) => {
    await using stage = await shared.own(context);
    const { folder, targets } = await targetsOf(stage);
    const before = await stage.look();
    await make(join(folder, 'sd.img'), stage.target.path);
    const requests = [
      { kind: 'existing-file', path: join(folder, 'sd.img') },
      { kind: 'virtual-drive', name: 'sd' },
      { kind: 'new-file', path: join(folder, 'sd.img') },
      { kind: 'drive', path: join(folder, 'sd.img') },
    ] as const;
    for (const request of requests) {
      const refused = { code: expect.stringMatching(/^TARGET_(UNSUPPORTED|EXISTS|MISSING)$/) };
      await expect(targets.inspect(request, driveSize)).rejects.toMatchObject(refused);
    }
    expect(await targets.list()).toEqual([]);
    expect(await stage.look()).toEqual(before);
  });

  test.for(['existing-file', 'new-file'] as const)(
    '%s: not a device itself, nor what is beside it',
    async (kind, context) => {
      const stage = await shared.get(context);
      const { targets } = await targetsOf(stage);
      const { path } = stage.target;
      for (const one of [
        path,
        `${path}/x`,
        `/dev/../dev/${basename(path)}`,
        `/dev/sifaka-new.img`,
        '/dev/zero',
      ]) {
        await expect(targets.inspect({ kind, path: one }, driveSize)).rejects.toMatchObject({
          code: expect.stringMatching(/^TARGET_(UNSUPPORTED|MISSING|EXISTS)$/),
        });
      }
    },
  );

  test.for(ways)('a planned file that is %s by now is refused', async ([, make], context) => {
    await using stage = await shared.own(context);
    const { folder, targets } = await targetsOf(stage);
    const path = join(folder, 'sd.img');
    const plans = [];
    plans.push(
      await targets.inspect({ kind: 'new-file', path: join(stage.loops.folder, 'new.img') }, driveSize),
    );
    await writeFile(path, Buffer.alloc(driveSize));
    plans.push(await targets.inspect({ kind: 'existing-file', path }, driveSize));
    plans.push(await targets.inspect({ kind: 'virtual-drive', name: 'sd' }, driveSize));
    const before = await stage.look();
    await rm(path);
    await make(path, stage.target.path);
    await make(join(stage.loops.folder, '.new.img.sifaka-partial'), stage.target.path);
    for (const plan of plans) {
      await expect(targets.openForWriting(plan)).rejects.toMatchObject({
        code: expect.stringMatching(/^TARGET_(CHANGED|EXISTS)$/),
      });
    }
    expect(await stage.look()).toEqual(before);
  });

  test('nor one that becomes a link to a device again and again while it is opened', async (context) => {
    await using stage = await shared.own(context);
    const { folder, targets } = await targetsOf(stage);
    const path = join(folder, 'sd.img');
    const file = join(folder, 'file');
    await writeFile(file, Buffer.alloc(driveSize));
    await symlink(stage.target.path, join(folder, 'link'));
    await rename(file, path);
    const plan = await targets.inspect({ kind: 'existing-file', path }, driveSize);
    const before = await stage.look();
    const moving = { on: true };
    const mover = (async () => {
      for (let turn = 0; moving.on; turn += 1) {
        // Always something at the path: now the planned file, now the link.
        await (turn % 2 === 0 ? rename(path, file) : rename(path, join(folder, 'link')));
        await (turn % 2 === 0 ? rename(join(folder, 'link'), path) : rename(file, path));
      }
    })();
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const writable = await targets.openForWriting(plan).catch(() => undefined);
      if (writable === undefined) continue;
      await writable.blocks.write(Buffer.alloc(4096, attempt), 0);
      await writable.abandon();
    }
    moving.on = false;
    await mover;
    expect(await stage.look()).toEqual(before);
  });

  test('a plan of a drive is nothing that this process would open itself', async (context) => {
    const stage = await shared.get(context);
    const { targets } = await targetsOf(stage);
    const before = await stage.look();
    const target = await targets.inspect({ kind: 'drive', path: stage.target.path }, driveSize);
    for (const kind of ['drive', 'existing-file', 'virtual-drive'] as const) {
      await expect(targets.openForWriting({ ...target, kind })).rejects.toMatchObject({
        code: expect.stringMatching(/^TARGET_(CHANGED|UNSUPPORTED)$/),
      });
    }
    expect(await stage.look()).toEqual(before);
  });

  test('a request has no other fields, and no other kinds', () => {
    const drive = { kind: 'drive', path: '/dev/sdx' };
    for (const forged of [
      { ...drive, force: true },
      { ...drive, identity: 'x' },
      { ...drive, path: ['/dev/sdx'] },
      { ...drive, path: '' },
      { ...drive, freeSpace: '--all' },
      { kind: 'device', path: '/dev/sdx' },
      { kind: 'virtual-drive', name: '../../../dev/sdx' },
      { kind: 'virtual-drive', name: '/dev/sdx' },
    ]) {
      expect(targetRequestSchema.safeParse(forged).success).toBe(false);
    }
  });
});

describe('the command line', () => {
  test('takes only the path of a drive as it is listed, and no other way to it', async (context) => {
    await using stage = await shared.own(context);
    const lab = await desk.demoLab('lab');
    const { path } = stage.target;
    await symlink(path, desk.path('link.img'));
    const before = await stage.look();
    const refusals: readonly (readonly [drive: string, code: string])[] = [
      [`${path}p1`, 'TARGET_MISSING'],
      [`/dev/block/${await runTool('cat', `/sys/block/${basename(path)}/dev`)}`, 'TARGET_MISSING'],
      [`/proc/self/root${path}`, 'TARGET_UNSUPPORTED'],
      [`${path}\n`, 'TARGET_NAME_INVALID'],
      [desk.path('link.img'), 'TARGET_UNSUPPORTED'],
      ['link.img', 'TARGET_UNSUPPORTED'],
      [`virtual:${path}`, 'INPUT_INVALID'],
      [`virtual:../../..${path}`, 'INPUT_INVALID'],
    ];
    for (const [drive, code] of refusals) {
      const { last } = await desk.run(['card', 'burn', 'titan-13', '--drive', drive, '--yes', '--json'], {
        lab,
        cwd: desk.folder,
      });
      expect([drive, last['code']]).toEqual([drive, code]);
    }
    expect(await stage.look()).toEqual(before);
  });
});
