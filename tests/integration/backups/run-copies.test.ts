import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { createBackupRecords } from '../../../electron/services/backups/records/backup-records.ts';
import { type BackupWorld, backupWorld } from './backup-world.ts';

const still = new AbortController().signal;
let world: BackupWorld;
let attic: string;

/** One copy on a NAS that the nodes mount, one on this machine. */
const policy = {
  schema: 'sifaka.backup-policy/1',
  timezone: 'Etc/UTC',
  rules: [{ name: 'all', guests: ['all'], storage: 'nas', targets: ['shelf', 'attic'] }],
};

beforeAll(async () => {
  const targets = {
    shelf: { kind: 'node-folder', path: '/mnt/shelf' },
    attic: { kind: 'local-folder', path: '/nowhere/yet' },
  };
  world = await backupWorld({
    nodes: ['baobab'],
    folders: ['/mnt/shelf'],
    policy: stringify(policy),
    backups: { targets },
  });
  attic = join(world.rig.folder, 'attic');
  mkdirSync(attic);
  const file = join(world.rig.lab, 'cluster/madagascar.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace('/nowhere/yet', attic));
  for (const target of ['shelf', 'attic']) await world.backups.initTarget(target, still);
}, 120_000);
afterAll(() => world?.stop());

const baobab = () => world.rig.node('baobab');
const recordOf = async (vmid: number) => (await world.records()).find(({ guest }) => guest.vmid === vmid);
const tasksOf = (vmid: number) =>
  baobab()
    .list('/mnt/pve/nas/dump')
    .filter((name) => name.includes(`-${vmid}-`) && name.endsWith('.log'));

test('a backup is copied to every target of its rule, and the record says so everywhere', async () => {
  baobab().addGuest(100, { running: true, bytes: 2_097_152 });
  const { ended, events } = await world.run({ guests: ['baobab/100'] });
  expect(ended.problem).toBeUndefined();
  const record = await recordOf(100);
  expect(record?.copies.map(({ target, state }) => `${target} ${state}`).toSorted()).toEqual([
    'attic verified',
    'shelf verified',
  ]);
  const folder = join(attic, 'madagascar/qemu-100', record?.archive ?? '');
  const copy = readFileSync(join(folder, record?.files[0]?.name ?? ''));
  expect(createHash('sha256').update(copy).digest('hex')).toBe(record?.files[0]?.sha256);
  expect(existsSync(join(folder, 'sifaka-backup.json'))).toBe(true);
  expect(JSON.parse(baobab().readFile(`/mnt/pve/nas/dump/${record?.archive}.sifaka.json`))).toEqual(record);
  const steps = events.flatMap((event) => (event.type === 'progress' ? [event.progress] : []));
  expect(steps.at(-1)).toMatchObject({ step: 'copy', done: steps.at(-1)?.total });
  const summaries = (await world.lab.logbook(3)).map(({ summary }) => summary);
  expect(summaries).toEqual(
    expect.arrayContaining([expect.stringMatching(/^Copied a backup of baobab\/100 to attic/)]),
  );
});

test('a copy that fails is said, and the next run makes that copy and nothing else', async () => {
  baobab().addGuest(101, { running: true, bytes: 2_097_152 });
  const mark = join(attic, '.sifaka-backup-target');
  const content = readFileSync(mark);
  rmSync(mark);
  const { ended } = await world.run({ guests: ['baobab/101'] });
  expect(ended).toMatchObject({
    outcome: 'failed',
    problem: {
      code: 'TARGET_UNMOUNTED',
      what: expect.stringContaining('baobab/101 is backed up, and not copied'),
    },
  });
  const before = await recordOf(101);
  expect(before?.outcome).toBe('made');
  expect(before?.copies.map(({ target, state }) => `${target} ${state}`).toSorted()).toEqual([
    'attic failed',
    'shelf verified',
  ]);
  writeFileSync(mark, content);
  const [planned] = await world.plan({ guests: ['baobab/101'] });
  expect(planned).toMatchObject({ action: 'continue', id: before?.id, targets: ['attic'] });
  expect((await world.run({ guests: ['baobab/101'] })).ended.problem).toBeUndefined();
  const after = await recordOf(101);
  expect(after?.id).toBe(before?.id);
  expect(after?.copies.every(({ state }) => state === 'verified')).toBe(true);
  expect(tasksOf(101)).toHaveLength(1);
  // Now that all is there the next one is a new one; and so it is for who asks for one.
  expect((await world.plan({ guests: ['baobab/101'] }))[0]?.action).toBe('new');
});

test('a copy that was cut off is made by the next run, too', async () => {
  const record = await recordOf(101);
  if (record === undefined) throw new Error('it was made before');
  await createBackupRecords({ lab: world.lab }).put(record.id, (now) => ({
    ...(now ?? record),
    copies: [{ target: 'attic', state: 'pending' }],
  }));
  rmSync(join(attic, 'madagascar/qemu-101', record.archive ?? '', 'sifaka-backup.json'));
  expect((await world.run({ guests: ['baobab/101'] })).ended.problem).toBeUndefined();
  expect((await recordOf(101))?.copies).toMatchObject([{ target: 'attic', state: 'verified' }]);
  expect(tasksOf(101)).toHaveLength(1);
});

test('an export is copied file by file', async () => {
  baobab().addGuest(102, { running: true, bytes: 1_048_576 });
  expect((await world.run({ guests: ['baobab/102'], method: 'export' })).ended.problem).toBeUndefined();
  const record = await recordOf(102);
  const folder = join(attic, 'madagascar/qemu-102', record?.archive ?? '');
  expect(readdirSync(folder).toSorted()).toEqual(
    [...(record?.files.map(({ name }) => name) ?? []), 'sifaka-backup.json'].toSorted(),
  );
});

test('a target that the cluster file lacks refuses the guest', async () => {
  const file = join(world.rig.lab, 'cluster/madagascar.json');
  const before = readFileSync(file, 'utf8');
  const cluster = JSON.parse(before);
  delete cluster.clusters.madagascar.backups.targets.attic;
  try {
    writeFileSync(file, JSON.stringify(cluster));
    await expect(world.plan({ guests: ['baobab/100'] })).rejects.toMatchObject({ code: 'LAB_FILE_INVALID' });
  } finally {
    writeFileSync(file, before);
  }
});
