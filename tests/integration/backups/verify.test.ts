import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { VerifyRequest } from '../../../shared/schemas/backup-plans.ts';
import { type BackupWorld, backupWorld } from './backup-world.ts';

const dump = '/mnt/pve/nas/dump';
const mebibyte = 1024 * 1024;

let world: BackupWorld;

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
    keep: { last: 3 }
`,
  });
  await world.backups.initTarget('attic', new AbortController().signal);
  world.rig.node('baobab').addGuest(100, { name: 'web', bytes: 4 * mebibyte });
  world.rig.node('ebony').addGuest(101, { type: 'lxc', name: 'mail', bytes: 2 * mebibyte });
}, 120_000);
afterAll(() => world?.stop());

async function backUp(guest: string) {
  const { ended } = await world.run({ guests: [guest], anew: true });
  expect(ended.problem).toBeUndefined();
  const [record] = await world.records();
  if (record?.archive === undefined) throw new Error('no record');
  return { ...record, archive: record.archive, id: record.id };
}

async function verify(request: VerifyRequest) {
  const { jobId } = await world.backups.verify(request);
  const { ended } = await world.ended(jobId);
  if (ended.report?.kind !== 'backup-verify') throw new Error(JSON.stringify(ended.problem));
  return ended.report;
}

const seen = (checks: readonly { kind: string; outcome: string }[]) =>
  checks.map(({ kind, outcome }) => `${kind} ${outcome}`);

test('an archive and its copy are read again, all of them, and the record says so, dated', async () => {
  for (const guest of ['baobab/100', 'ebony/101']) {
    const record = await backUp(guest);
    const here = `storage:nas#${record.archive}`;
    const there = `target:attic#${record.archive}`;
    const { checks, left } = await verify({ archives: [here, there] });
    expect(left).toEqual([]);
    expect(seen(checks.filter(({ archive }) => archive === here))).toEqual([
      'checksum passed',
      'compression passed',
      'structure passed',
    ]);
    expect(seen(checks.filter(({ archive }) => archive === there))).toEqual(['checksum passed']);
    const after = (await world.records()).find(({ id }) => id === record.id);
    expect(after?.checks.map(({ kind, place, outcome }) => [kind, place, outcome])).toEqual([
      ['checksum', 'storage:nas', 'passed'],
      ['compression', 'storage:nas', 'passed'],
      ['structure', 'storage:nas', 'passed'],
      ['checksum', 'target:attic', 'passed'],
    ]);
  }
});

test('one byte that changed is found, is in the logbook, and does not keep the others from being verified', async () => {
  const damaged = await backUp('baobab/100');
  const whole = await backUp('ebony/101');
  world.rig.node('baobab').flipByte(`${dump}/${damaged.archive}`, 5000);
  const bad = `storage:nas#${damaged.archive}`;
  const { checks } = await verify({ archives: [bad, `storage:nas#${whole.archive}`] });
  expect(seen(checks)).toEqual([
    'checksum failed',
    'compression failed',
    'structure failed',
    'checksum passed',
    'compression passed',
    'structure passed',
  ]);
  const logbook = await world.lab.logbook(10);
  expect(
    logbook.some(
      ({ summary, affectedResources }) => summary.includes('is not good') && affectedResources.includes(bad),
    ),
  ).toBe(true);
  const { rows } = await world.backups.overview();
  const row = rows.find(({ guest }) => guest.vmid === 100);
  expect(row).toMatchObject({ state: 'bad', checksum: 'failed' });
  // Its copy is still good, and says so.
  expect(seen((await verify({ archives: [`target:attic#${damaged.archive}`] })).checks)).toEqual([
    'checksum passed',
  ]);
});

test('a copy that changed at its target is found', async () => {
  const record = await backUp('baobab/100');
  const folder = `/mnt/attic/madagascar/qemu-100/${record.archive}`;
  world.rig.node('baobab').flipByte(`${folder}/${record.archive}`, 100);
  const { checks } = await verify({ archives: [`target:attic#${record.archive}`] });
  expect(seen(checks)).toEqual(['checksum failed']);
});

test('what was made by others has nothing to compare with: it is tested, and compared from then on', async () => {
  const baobab = world.rig.node('baobab');
  baobab.addGuest(300, { name: 'old', bytes: 2 * mebibyte });
  await baobab.ok('vzdump', '300', '--storage', 'nas', '--compress', 'gzip', '--prune-backups', 'keep-all=1');
  await world.backups.discover(new AbortController().signal);
  const archive = (await world.backups.archives()).find(({ name }) => name.includes('-300-'));
  const id = archive?.id ?? '';
  const first = await verify({ archives: [id] });
  expect(seen(first.checks)).toEqual(['checksum unavailable', 'compression passed', 'structure passed']);
  const record = (await world.records()).find(({ guest }) => guest.vmid === 300);
  expect(record).toMatchObject({ outcome: 'made', compress: 'gzip', foundAt: expect.any(String) });
  expect(record?.mode).toBeUndefined();
  expect(seen((await verify({ archives: [id] })).checks)[0]).toBe('checksum passed');
  baobab.flipByte(`${dump}/${archive?.name}`, -3);
  expect(seen((await verify({ archives: [id] })).checks)[0]).toBe('checksum failed');
});

test('a tool that the node lacks proves nothing, and an archive that is gone is no empty success', async () => {
  const tapia = world.rig.node('tapia');
  tapia.addGuest(400, { bytes: mebibyte });
  const record = await backUp('tapia/400');
  tapia.removeProgram('vma');
  const id = `storage:nas#${record.archive}`;
  expect(seen((await verify({ archives: [id] })).checks)).toEqual([
    'checksum passed',
    'compression passed',
    'structure unavailable',
  ]);
  rmSync(tapia.path(`${dump}/${record.archive}`));
  const { checks, left } = await verify({ archives: [id] });
  expect(checks).toEqual([]);
  expect(left).toMatchObject([{ archive: id, problem: { code: 'ARCHIVE_GONE' } }]);
});

test('a storage that is not there is not an archive that is gone', async () => {
  const record = await backUp('ebony/101');
  for (const node of world.rig.nodes) {
    node.settings({ faults: { inactiveStorages: ['nas'] } });
    await node.exec(['umount', '/mnt/pve/nas']);
  }
  const { left } = await verify({ archives: [`storage:nas#${record.archive}`] });
  expect(left).toMatchObject([{ problem: { code: 'STORAGE_UNUSABLE' } }]);
});
