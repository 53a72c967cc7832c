import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { RestoreRequest } from '../../../shared/schemas/backup-plans.ts';
import type { BackupRecord } from '../../../shared/schemas/backup-record.ts';
import { problemOf } from '../lab/lab-fixtures.ts';
import { type BackupWorld, backupWorld } from './backup-world.ts';

const mebibyte = 1024 * 1024;
const still = new AbortController().signal;
const restores = '/var/lib/sifaka/backups/restores';
const disk = '/var/lib/pve-rig/volumes/local-lvm/vm-100-disk-0';

let world: BackupWorld;
const made: Record<number, BackupRecord> = {};
const here = (vmid: number) => `storage:nas#${made[vmid]?.archive}`;

beforeAll(async () => {
  world = await backupWorld({
    folders: ['/mnt/attic'],
    backups: { servers: {}, targets: { attic: { kind: 'node-folder', path: '/mnt/attic' } } },
    policy: `schema: sifaka.backup-policy/1
timezone: Etc/UTC
rules:
  - name: all
    guests: [all]
    storage: nas
    targets: [attic]
`,
  });
  await world.backups.initTarget('attic', still);
  const baobab = world.rig.node('baobab');
  baobab.addGuest(100, { name: 'web', bytes: 2 * mebibyte, disks: 2 });
  baobab.addGuest(101, { type: 'lxc', name: 'mail', bytes: mebibyte });
  const { ended } = await world.run({ guests: ['baobab/100', 'baobab/101'] });
  expect(ended.problem).toBeUndefined();
  for (const record of await world.records()) made[record.guest.vmid] = record;
}, 120_000);
afterAll(() => world?.stop());

afterEach(() => {
  for (const node of world.rig.nodes) {
    expect(node.list(restores)).toEqual([]);
    expect(node.list('/mnt/pve/nas/dump').filter((name) => name.startsWith('.'))).toEqual([]);
    node.settings({});
  }
});

type Wanted = Partial<RestoreRequest> & Pick<RestoreRequest, 'archive' | 'target'>;

const plan = async (wanted: Wanted) =>
  world.backups.planRestore({ overwrite: false, start: false, unique: false, ...wanted }, still);

async function restore(wanted: Wanted) {
  const planned = await plan(wanted);
  expect(planned.plan.refusals).toEqual([]);
  return { ...planned, ...(await world.ended((await world.backups.restore(planned.digest)).jobId)) };
}

test('a guest is brought back over what is left of it, with its own bytes, and answers', async () => {
  const baobab = world.rig.node('baobab');
  const before = baobab.readBytes(disk);
  baobab.flipByte(disk, 70_000);
  const { plan: shown, ended } = await restore({
    archive: here(100),
    target: 'baobab/100',
    overwrite: true,
    start: true,
  });
  expect(shown.overwrites).toMatchObject({
    name: 'web',
    status: 'running',
    lastGoodBackup: expect.any(String),
    disks: [expect.stringContaining('scsi0 local-lvm:vm-100-disk-0'), expect.stringContaining('scsi1')],
  });
  expect(shown.stages.join(' ')).toMatch(
    /compared before anything is erased.*is stopped.*erased.*has to answer/,
  );
  expect(ended.problem).toBeUndefined();
  expect(ended.report).toMatchObject({
    kind: 'backup-restore',
    guest: 'baobab/100',
    evidence: [
      expect.stringContaining('SHA-256 is as it was made'),
      expect.stringContaining('is called web, with 2 disks: scsi0 2M, scsi1 2M'),
      expect.stringContaining('Its agent answered'),
    ],
  });
  expect(baobab.readBytes(disk).equals(before)).toBe(true);
  expect((await world.lab.logbook(1))[0]?.summary).toContain('Restored baobab/100');
});

test('a copy is brought from a target, to another node and under another id, with addresses of its own', async () => {
  const { plan: shown, ended } = await restore({
    archive: `target:attic#${made[101]?.archive}`,
    target: 'ebony/201',
    unique: true,
    start: true,
  });
  expect(shown).toMatchObject({ bringTo: 'nas' });
  expect(shown.overwrites).toBeUndefined();
  expect(ended.problem).toBeUndefined();
  const [original, copy] = [
    world.rig.node('baobab').guestConfig(101) ?? '',
    world.rig.node('ebony').guestConfig(201) ?? '',
  ];
  const address = /hwaddr=([0-9A-F:]+)/;
  expect(address.exec(copy)?.[1]).toMatch(/^BC:24:11/);
  expect(address.exec(copy)?.[1]).not.toBe(address.exec(original)?.[1]);
  // Proxmox would take `local`, which holds no containers.
  expect(copy).toMatch(/^rootfs: local-zfs:/m);
  world.rig.node('ebony').removeGuest(201);
});

test('a mount point that no backup has, and snapshots, are named before a container is erased with it', async () => {
  const baobab = world.rig.node('baobab');
  const before = baobab.guestConfig(101) ?? '';
  const file = '/etc/pve/nodes/baobab/lxc/101.conf';
  const mounts =
    'mp0: local-lvm:vm-101-disk-1,mp=/srv,size=4M\nmp1: local-lvm:vm-101-disk-2,backup=1,mp=/home\nmp2: /tank,mp=/tank\n[pve:pending]\ncores: 2\n[before-update]\nsnaptime: 1\n[vzdump]\nsnapstate: delete\n';
  baobab.writeFile(file, `${before.trim()}\n${mounts}`);
  try {
    const { plan: shown } = await plan({ archive: here(101), target: 'baobab/101', overwrite: true });
    const [warning = ''] = shown.warnings;
    expect(warning).toContain('In NO backup is what is on mp0 (/srv) of the guest 101');
    expect(shown.warnings.join(' ')).not.toMatch(/mp1|mp2/);
    expect(shown.warnings).toContain(
      '1 snapshot of the guest 101 is erased with it: no backup has snapshots.',
    );
  } finally {
    baobab.writeFile(file, before);
  }
});

test('one byte that changed is found before anything is erased', async () => {
  const baobab = world.rig.node('baobab');
  const archive = `/mnt/pve/nas/dump/${made[100]?.archive}`;
  const [config, bytes] = [baobab.guestConfig(100), baobab.readBytes(disk)];
  baobab.flipByte(archive, 4000);
  const { ended } = await restore({ archive: here(100), target: 'baobab/100', overwrite: true });
  expect(ended.problem).toMatchObject({ code: 'CHECKSUM_MISMATCH', state: 'Nothing was changed.' });
  expect(baobab.guestConfig(100)).toBe(config);
  expect(baobab.readBytes(disk).equals(bytes)).toBe(true);
  expect(await baobab.ok('qm', 'status', '100')).toContain('running');
  baobab.flipByte(archive, 4000);
});

test.each([
  ['is shorter than it was listed', 'ARCHIVE_CHANGED', (file: string) => ['truncate', '-s', '4096', file]],
  [
    'cannot be unpacked to its end',
    'CHECKSUM_MISMATCH',
    (file: string) => ['dd', 'if=/dev/zero', `of=${file}`, 'bs=1', 'seek=9000', 'count=500', 'conv=notrunc'],
  ],
])('an archive without a record that %s erases nothing', async (_what, code, spoil) => {
  const baobab = world.rig.node('baobab');
  const name = baobab.copyArchive(
    `/mnt/pve/nas/dump/${made[100]?.archive}`,
    new Date('2026-11-01T02:30:00Z'),
  );
  await world.backups.discover(still);
  const file = `/mnt/pve/nas/dump/${name}`;
  await baobab.ok(...spoil(file));
  const [config, before] = [baobab.guestConfig(100), baobab.readBytes(disk)];
  const { ended } = await restore({
    archive: `storage:nas#${name}`,
    target: 'baobab/100',
    overwrite: true,
  });
  baobab.removeArchive(file);
  expect(ended.problem).toMatchObject({ code, state: 'Nothing was changed.' });
  expect(baobab.guestConfig(100)).toBe(config);
  expect(baobab.readBytes(disk).equals(before)).toBe(true);
});

test('what may not be erased, or cannot be restored, is refused before', async () => {
  const baobab = world.rig.node('baobab');
  baobab.addGuest(110, { name: 'kept', bytes: 0, running: false, lines: ['protection: 1'] });
  baobab.addGuest(111, { name: 'busy', bytes: 0, running: false, lock: 'backup' });
  baobab.addGuest(112, { name: 'base', bytes: 0, template: true });
  world.rig.node('tapia').addGuest(113, { bytes: 0 });
  const codes = async (wanted: Wanted) => {
    const planned = await plan(wanted);
    expect(planned.plan.refusals.length).toBeGreaterThan(0);
    await problemOf(world.backups.restore(planned.digest));
    return planned.plan.refusals.map(({ code, what }) => `${code}: ${what}`).join('; ');
  };
  const archive = here(100);
  const over = { archive, overwrite: true };
  expect(await codes({ archive, target: 'baobab/100' })).toMatch(
    /^RESTORE_REFUSED: web on baobab has the id 100/,
  );
  expect(await codes({ ...over, target: 'baobab/110' })).toMatch(
    /^RESTORE_REFUSED: kept on baobab is protected/,
  );
  expect(await codes({ ...over, target: 'baobab/111' })).toMatch(/^GUEST_LOCKED/);
  expect(await codes({ ...over, target: 'baobab/112' })).toMatch(/is a template/);
  expect(await codes({ ...over, target: 'baobab/113' })).toMatch(/on tapia has the id 113/);
  expect(await codes({ ...over, target: 'baobab/101' })).toMatch(
    /is a container, and the archive is of a virtual/,
  );
  expect(await codes({ archive, target: 'baobab/120', storage: 'attic' })).toMatch(/^STORAGE_UNKNOWN/);
  expect(await codes({ archive, target: 'baobab/120', storage: 'local' })).toMatch(/^STORAGE_UNUSABLE/);
  world.rig.setCapacities({ 'baobab/local-lvm': { total: mebibyte / 2 } });
  expect(await codes({ archive, target: 'baobab/120', storage: 'local-lvm' })).toMatch(/^STORAGE_FULL/);
  world.rig.setCapacities({});
  for (const vmid of [110, 111, 112]) baobab.removeGuest(vmid);
  world.rig.node('tapia').removeGuest(113);
});

test('a restore that would fill the storage at the full size of its disks is not begun', async () => {
  const baobab = world.rig.node('baobab');
  const [, , , , used] =
    (await baobab.ok('pvesm', 'status', '--storage', 'local-lvm')).split('\n')[1]?.split(/\s+/) ?? [];
  const packed = made[100]?.sizeBytes ?? 0;
  expect(packed).toBeLessThan(3.8 * mebibyte);
  world.rig.setCapacities({ 'baobab/local-lvm': { total: Number(used) * 1024 + 3.9 * mebibyte } });
  const { ended } = await restore({ archive: here(100), target: 'baobab/120' });
  // Over a guest of that size, its own room is enough.
  const { ended: over } = await restore({ archive: here(100), target: 'baobab/100', overwrite: true });
  world.rig.setCapacities({});
  expect(ended.problem).toMatchObject({ code: 'STORAGE_FULL', state: 'Nothing was changed.' });
  expect(baobab.guests()).not.toContain(120);
  expect(over.problem).toBeUndefined();
});

test('a guest that became another one since the review is not erased', async () => {
  const baobab = world.rig.node('baobab');
  baobab.addGuest(130, { name: 'spare', bytes: mebibyte, running: false });
  const { digest } = await plan({ archive: here(100), target: 'baobab/130', overwrite: true });
  baobab.removeGuest(130);
  baobab.addGuest(130, { name: 'precious', bytes: mebibyte, running: false });
  expect(await problemOf(world.backups.restore(digest))).toMatchObject({ code: 'PLAN_CHANGED' });
  expect(baobab.guestConfig(130)).toContain('precious');
  baobab.removeGuest(130);
});

test('a restore that fails over a guest says what is there now', async () => {
  const baobab = world.rig.node('baobab');
  baobab.addGuest(140, { name: 'victim', bytes: mebibyte, running: false });
  baobab.settings({ faults: { restoreFailsAt: 0.4 } });
  const { ended } = await restore({ archive: here(100), target: 'baobab/140', overwrite: true });
  expect(ended.problem).toMatchObject({
    code: 'RESTORE_FAILED',
    what: expect.stringContaining('No space left'),
    state: 'baobab/140 is there with no disk. What was on it before is erased.',
    next: expect.stringContaining('again'),
  });
  expect((await world.lab.logbook(1))[0]?.summary).toContain('Failed to restore baobab/140');
  baobab.removeGuest(140);
});

test('killed in the middle of a restore, the node goes on, and the next one says how that ended', async () => {
  const baobab = world.rig.node('baobab');
  const { folder, lab, home } = world.rig;
  const request = { archive: here(100), target: 'baobab/150', overwrite: false, start: false, unique: true };
  baobab.hold(0.5);
  const app = spawn(
    process.execPath,
    [
      join(import.meta.dirname, 'restore-process.ts'),
      folder,
      lab,
      home,
      JSON.stringify({ restore: request }),
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  await expect.poll(() => baobab.isHeld, { timeout: 60_000 }).toBe(true);
  app.kill('SIGKILL');
  await once(app, 'exit');
  expect((await plan(request)).plan.refusals.map(({ code }) => code)).toEqual(
    expect.arrayContaining(['TARGET_IN_USE']),
  );
  baobab.release();
  // The configuration stands there before the restore has ended.
  const [run] = baobab.list(restores);
  const result = `${restores}/${run}/result`;
  await expect.poll(() => baobab.exists(result), { timeout: 30_000 }).toBe(true);
  expect(baobab.guestConfig(150)).toContain('name: web');
  const { ended, events } = await restore({ archive: here(100), target: 'baobab/151', unique: true });
  expect(ended.problem).toBeUndefined();
  expect(JSON.stringify(events)).toContain(
    'A restore of baobab/150 that was cut off here ended there: done.',
  );
  for (const vmid of [150, 151]) baobab.removeGuest(vmid);
});

test('stopped in the middle, a restore to a free id leaves what Proxmox leaves, and says so', async () => {
  const baobab = world.rig.node('baobab');
  baobab.hold(0.5);
  const { digest } = await plan({ archive: here(101), target: 'baobab/160' });
  const { jobId } = await world.backups.restore(digest);
  await expect.poll(() => baobab.isHeld, { timeout: 60_000 }).toBe(true);
  await world.jobs.cancel(jobId);
  const { ended } = await world.ended(jobId);
  baobab.release();
  expect(ended).toMatchObject({
    outcome: 'cancelled',
    problem: { code: 'CANCELLED', state: 'There is no guest baobab/160 now.' },
  });
  expect(baobab.guests()).not.toContain(160);
});
