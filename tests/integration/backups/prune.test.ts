import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { problemOf } from '../lab/lab-fixtures.ts';
import { type BackupWorld, backupWorld } from './backup-world.ts';
import {
  copyArchives,
  dump,
  foundExport,
  makeArchives,
  newest,
  planPrune,
  prune,
  pruned,
  toRemove,
  writeArchive,
} from './prune-world.ts';

const policy = `schema: sifaka.backup-policy/1
timezone: Etc/UTC
rules:
  - name: here
    guests: [300]
    storage: local
    keep: { last: 1 }
  - name: all
    guests: [all]
    storage: nas
    targets: [attic]
    keep: { last: 2 }
    keepOn: { attic: { last: 3 } }
safety: { maximumShare: 1 }
`;

let world: BackupWorld;
beforeAll(async () => {
  world = await backupWorld({
    policy,
    nodes: ['baobab', 'ebony'],
    folders: ['/mnt/attic'],
    backups: { targets: { attic: { kind: 'node-folder', path: '/mnt/attic' } } },
  });
  await world.backups.initTarget('attic', new AbortController().signal);
  return () => world?.stop();
}, 120_000);

afterEach(async () => {
  for (const node of world.rig.nodes) {
    if (!node.isOn) await node.powerOn();
    node.release();
    for (const vmid of node.guests()) node.removeGuest(vmid);
  }
  await world.rig.node('baobab').ok('sh', '-c', `rm -rf ${dump} && mkdir ${dump}`);
});

const baobab = () => world.rig.node('baobab');
const archives = () =>
  baobab()
    .list(dump)
    .filter((name) => /\.(zst|dat)$/.test(name));

/** A prune whose first archive goes, and whose second waits before this command until `release`; the id of the job. */
async function heldAtSecond(digest: string, command: string): Promise<string> {
  baobab().holdBefore('pvesm free');
  const { jobId } = await world.backups.prune(digest);
  await expect.poll(() => baobab().isHeld, { timeout: 60_000 }).toBe(true);
  baobab().holdBefore(command);
  await expect.poll(() => baobab().isHeld, { timeout: 60_000 }).toBe(true);
  return jobId;
}

test('removes exactly what the plan shows, with all that lies beside it, and reads back that it is gone', async () => {
  baobab().addGuest(100);
  const [first, second, third, fourth, fifth] = await makeArchives(world, 5);
  baobab().writeFile(`${dump}/${fourth?.archive}.protected`, '');
  writeArchive(baobab(), `${dump}/vzdump-qemu-100-before-upgrade.vma.zst`);
  writeArchive(baobab(), `${dump}/vzdump-qemu-999-2020_01_01-00_00_00.vma.zst`);
  const { planned, ended, report } = await prune(world);
  expect(planned.plan.archives.map(({ name, mark, rule }) => [name, `${mark} ${rule}`])).toEqual([
    // Its time is that of the file, as nothing else says one.
    ['vzdump-qemu-100-before-upgrade.vma.zst', 'renamed renamed'],
    [first?.archive, 'keep keep-last'],
    [second?.archive, 'keep keep-last'],
    [third?.archive, 'remove not-kept'],
    [fourth?.archive, 'protected protected'],
    [fifth?.archive, 'remove not-kept'],
    // Its guest is gone.
    ['vzdump-qemu-999-2020_01_01-00_00_00.vma.zst', 'keep keep-all'],
  ]);
  expect(ended.outcome).toBe('done');
  expect(report).toEqual({
    kind: 'backup-prune',
    removed: [fifth, third].map((record) => `storage:nas#${record?.archive}`),
    left: [],
    freedBytes: (third?.sizeBytes ?? 0) + (fifth?.sizeBytes ?? 0),
  });
  const gone = [third, fifth].map((record) => record?.archive?.replace('.vma.zst', '') ?? 'none');
  const left = baobab().list(dump);
  expect(left.filter((name) => gone.some((start) => name.startsWith(start)))).toEqual([]);
  expect(left.filter((name) => name.endsWith('.sifaka.json'))).toHaveLength(5);
  const records = await world.records();
  expect(records.filter(({ prunedAt }) => prunedAt !== undefined).map(({ archive }) => archive)).toEqual([
    third?.archive,
    fifth?.archive,
  ]);
  expect(records.some(({ pruneStartedAt }) => pruneStartedAt !== undefined)).toBe(false);
  const [entry] = await world.lab.logbook(1);
  expect(entry).toMatchObject({
    project: 'backups',
    summary: 'Backups: 2 archives of 1 guest removed by retention',
    affectedResources: ['storage:nas'],
  });
  expect(await problemOf(world.backups.prune(planned.digest))).toMatchObject({ code: 'PLAN_CHANGED' });
});

test('nothing goes while the newest was never read, and the plan says so', async () => {
  baobab().addGuest(101);
  const [first, ...others] = await makeArchives(world, 4, { vmid: 101 });
  const found = await planPrune(world);
  expect(toRemove(found)).toHaveLength(2);
  writeArchive(baobab(), `${dump}/vzdump-qemu-101-2026_11_21-02_30_00.vma.zst`);
  const planned = await planPrune(world);
  expect(planned.plan.archives.map(({ rule }) => rule)).toEqual([
    'keep-last',
    'keep-last',
    'replacement-unverified',
    'replacement-unverified',
    'replacement-unverified',
  ]);
  expect(planned.plan.archives[2]?.why).toContain('vzdump-qemu-101-2026_11_21-02_30_00.vma.zst');
  expect(await problemOf(world.backups.prune(planned.digest))).toMatchObject({ code: 'PRUNE_REFUSED' });
  // What was shown before would not go any more.
  expect(await problemOf(world.backups.prune(found.digest))).toMatchObject({ code: 'PLAN_CHANGED' });
  expect(archives()).toHaveLength(5);
  expect([first, ...others]).toHaveLength(4);
});

test('one that is read, protected or another one by then stays, the others go, and the dashboard hears of it', async () => {
  baobab().addGuest(102);
  const records = await makeArchives(world, 6, { vmid: 102 });
  const [oldest, read, changed, locked] = records.slice(2).toReversed();
  const planned = await planPrune(world);
  expect(toRemove(planned)).toHaveLength(4);
  // On another node, which has the same storage.
  const reader = world.rig.node('ebony');
  await reader.ok(
    'sh',
    '-c',
    `exec 8<${dump}/${read?.archive}; setsid sleep 600 >/dev/null 2>&1 & echo $! >/run/reader`,
  );
  // What was confirmed is on its way: the oldest, which goes first.
  baobab().holdBefore('pvesm free');
  const { jobId } = await world.backups.prune(planned.digest);
  await expect.poll(() => baobab().isHeld, { timeout: 60_000 }).toBe(true);
  baobab().writeFile(`${dump}/${changed?.archive}`, 'another one');
  baobab().writeFile(`${dump}/${locked?.archive}.protected`, '');
  baobab().release();
  const { ended, report } = await pruned(world, jobId);
  await reader.ok('sh', '-c', 'kill "$(cat /run/reader)"');
  expect(ended.outcome).toBe('done');
  expect(report?.left.map(({ archive, problem }) => [archive, problem.code])).toEqual([
    [`storage:nas#${read?.archive}`, 'TARGET_IN_USE'],
    [`storage:nas#${changed?.archive}`, 'ARCHIVE_CHANGED'],
    [`storage:nas#${locked?.archive}`, 'ARCHIVE_PROTECTED'],
  ]);
  expect(report?.removed).toEqual([`storage:nas#${oldest?.archive}`]);
  expect(archives()).toHaveLength(5);
  const first = (await world.records()).find(({ guest }) => guest.vmid === 102);
  expect(first?.pruneFailed).toContain('was protected since the plan was made');
  // Once nothing is in the way, nothing speaks of it.
  await baobab().ok('rm', `${dump}/${locked?.archive}.protected`, `${dump}/${changed?.archive}`);
  await prune(world);
  expect(archives()).toHaveLength(2);
  expect((await world.records()).filter(({ pruneFailed }) => pruneFailed !== undefined)).toEqual([]);
});

test('an archive is not gone because its share was unmounted in the middle', async () => {
  baobab().addGuest(104);
  const records = await makeArchives(world, 5, { vmid: 104 });
  const [first, second, third] = records.slice(2).toReversed();
  const planned = await planPrune(world);
  // The first goes; where the second is has just been asked.
  const jobId = await heldAtSecond(planned.digest, 'pvesm path');
  await baobab().ok('umount', '-l', '/mnt/pve/nas');
  baobab().release();
  const { report } = await pruned(world, jobId);
  expect(report?.removed).toEqual([`storage:nas#${first?.archive}`]);
  await baobab().reboot();
  expect(archives()).toEqual(expect.arrayContaining([second?.archive, third?.archive]));
  expect(report?.left.map(({ archive, problem }) => [archive, problem.code])).toEqual([
    [`storage:nas#${second?.archive}`, 'STORAGE_UNUSABLE'],
    [`storage:nas#${third?.archive}`, 'STORAGE_UNUSABLE'],
  ]);
  const states = (await world.records()).filter(({ guest }) => guest.vmid === 104);
  expect(states.map(({ prunedAt }) => prunedAt !== undefined)).toEqual([false, false, false, false, true]);
});

test('a lab that cannot be written in the middle is told with what was removed', async () => {
  baobab().addGuest(106);
  const records = await makeArchives(world, 4, { vmid: 106 });
  const planned = await planPrune(world);
  expect(toRemove(planned)).toHaveLength(2);
  // Between what is written before an archive is removed and what is written after: neither is under way then.
  baobab().holdBefore('pvesm free');
  const { jobId } = await world.backups.prune(planned.digest);
  await expect.poll(() => baobab().isHeld, { timeout: 60_000 }).toBe(true);
  const file = join(world.rig.lab, 'backups/backups.json');
  const before = readFileSync(file);
  expect(before.toString()).toContain('pruneStartedAt');
  try {
    writeFileSync(file, before.subarray(0, 100));
    baobab().release();
    const { ended } = await pruned(world, jobId);
    expect(ended.problem).toMatchObject({
      code: 'LAB_FILE_INVALID',
      state: '1 archive of 2 were removed; the others are as they were.',
    });
  } finally {
    writeFileSync(file, before);
  }
  expect(archives()).toHaveLength(3);
  await prune(world);
  expect(archives()).toEqual(expect.arrayContaining([records[0]?.archive, records[1]?.archive]));
  const states = (await world.records()).filter(({ guest }) => guest.vmid === 106);
  expect(states.map(({ prunedAt }) => prunedAt !== undefined)).toEqual([false, false, true, true]);
});

test('who reads an archive is seen where the storage is known by a link', async () => {
  baobab().addGuest(300);
  await baobab().ok(
    'sh',
    '-c',
    'mkdir -p /srv/tank /var/lib/vz && rm -rf /var/lib/vz/dump && ln -s /srv/tank /var/lib/vz/dump',
  );
  const records = await makeArchives(world, 3, {
    vmid: 300,
    folder: '/srv/tank',
    place: 'storage:baobab/local',
  });
  const [, , oldest] = records;
  await baobab().ok(
    'sh',
    '-c',
    `exec 8</var/lib/vz/dump/${oldest?.archive}; setsid sleep 600 >/dev/null 2>&1 & echo $! >/run/reader`,
  );
  const { report } = await prune(world, { places: ['storage:baobab/local'] });
  await baobab().ok('sh', '-c', 'kill "$(cat /run/reader)"; rm /var/lib/vz/dump; mkdir /var/lib/vz/dump');
  expect(report?.left.map(({ archive, problem }) => [archive, problem.code])).toEqual([
    [`storage:baobab/local#${oldest?.archive}`, 'TARGET_IN_USE'],
  ]);
});

test('a storage that does not let go of an archive is a failure that names why', async () => {
  baobab().addGuest(103);
  const [, , third] = await makeArchives(world, 3, { vmid: 103 });
  // What something is mounted on cannot be removed.
  const path = `${dump}/${third?.archive}`;
  await baobab().ok('mount', '--bind', path, path);
  const { report } = await prune(world);
  await baobab().ok('umount', path);
  expect(report?.removed).toEqual([]);
  expect(report?.left).toMatchObject([{ problem: { code: 'PRUNE_FAILED', state: 'It is still there.' } }]);
  expect(archives()).toContain(third?.archive);
  const [entry] = await world.lab.logbook(1);
  expect(entry?.summary).toBe('Backups: 0 archives of 1 guest removed by retention, 1 left');
});

test('what cannot be looked at is a gap, and nothing is removed there', async () => {
  const ebony = world.rig.node('ebony');
  const storages = { places: ['storage:nas', 'storage:ebony/local'] };
  ebony.addGuest(300);
  ebony.addGuest(104);
  const options = { vmid: 300, node: 'ebony', folder: '/var/lib/vz/dump', place: 'storage:ebony/local' };
  await makeArchives(world, 3, options);
  await makeArchives(world, 3, { vmid: 104, node: 'ebony' });
  const whole = await planPrune(world, storages);
  expect(toRemove(whole).map(({ place }) => place)).toEqual([
    'storage:ebony/local',
    'storage:ebony/local',
    'storage:nas',
  ]);
  expect(whole.plan.gaps).toEqual([]);
  // What is known from before is not there for certain.
  await world.backups.discover(new AbortController().signal);
  await ebony.powerOff();
  const planned = await planPrune(world, storages);
  expect(planned.plan.gaps.map(({ place }) => place)).toEqual(['node:ebony']);
  expect(planned.plan.archives.every(({ place }) => place === 'storage:nas')).toBe(true);
  expect(await problemOf(world.backups.prune(whole.digest))).toMatchObject({ code: 'PLAN_CHANGED' });
  await ebony.powerOn();
  for (const node of world.rig.nodes) node.settings({ faults: { inactiveStorages: ['nas'] } });
  const without = await planPrune(world, storages);
  expect(without.plan.gaps.map(({ place }) => place)).toEqual(['storage:nas']);
  expect(new Set(toRemove(without).map(({ place }) => place))).toEqual(new Set(['storage:ebony/local']));
  await ebony.ok('rm', '-rf', '/var/lib/vz/dump');
});

test('only of the guests and places that are named', async () => {
  for (const vmid of [105, 106]) {
    baobab().addGuest(vmid);
    await makeArchives(world, 4, { vmid });
  }
  const one = await planPrune(world, { guests: ['baobab/105'] });
  expect(new Set(one.plan.archives.map(({ vmid }) => vmid))).toEqual(new Set([105]));
  expect(toRemove(one)).toHaveLength(2);
  expect((await problemOf(planPrune(world, { places: ['target:nowhere'] }))).code).toBe('TARGET_UNKNOWN');
  await prune(world, { guests: ['baobab/105'], places: ['storage:nas'] });
  expect(archives()).toHaveLength(6);
});

test('stops between two archives when it is cancelled, and says how far it came', async () => {
  baobab().addGuest(107);
  const records = await makeArchives(world, 6, { vmid: 107 });
  const planned = await planPrune(world);
  const jobId = await heldAtSecond(planned.digest, 'pvesm free');
  expect(archives()).not.toContain(records.at(-1)?.archive);
  await world.jobs.cancel(jobId);
  baobab().release();
  const { ended } = await pruned(world, jobId);
  expect(ended).toMatchObject({ outcome: 'cancelled', problem: { code: 'CANCELLED' } });
  const left = archives().length;
  expect(left).toBeGreaterThan(2);
  expect(ended.problem?.state).toMatch(new RegExp(`^${6 - left} archives? of 4 were removed`));
  const prunedRecords = (await world.records()).filter(
    ({ guest, prunedAt }) => guest.vmid === 107 && prunedAt !== undefined,
  );
  expect(prunedRecords).toHaveLength(6 - left);
});

const exportFolder = (days: number) =>
  `${dump}/sifaka-export-qemu-108-${new Date(newest - days * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '_')}-02_30_00`;

test('a target has numbers of its own, and nothing goes at one that is not mounted', async () => {
  baobab().addGuest(109);
  const records = await makeArchives(world, 4, { vmid: 109 });
  await copyArchives(world, records, 'attic');
  const copies = () => baobab().list('/mnt/attic/madagascar/qemu-109');
  const { report } = await prune(world, { places: ['target:attic'] });
  expect(report).toMatchObject({
    left: [],
    removed: records
      .slice(3)
      .toReversed()
      .map(({ archive }) => `target:attic#${archive}`),
  });
  expect(copies()).toEqual([2, 1, 0].map((index) => records[index]?.archive));
  // The archives themselves are there, and their records say of each copy what became of it.
  expect(archives()).toHaveLength(4);
  const states = (await world.records()).filter(({ guest }) => guest.vmid === 109);
  expect(states.map(({ prunedAt, copies: [copy] }) => [prunedAt, copy?.prunedAt !== undefined])).toEqual(
    [false, false, false, true].map((isPruned) => [undefined, isPruned]),
  );

  await copyArchives(world, records.slice(3), 'attic');
  const whole = await planPrune(world, { places: ['target:attic'] });
  expect(toRemove(whole)).toHaveLength(1);
  for (const node of world.rig.nodes) await node.ok('umount', '/mnt/attic');
  const without = await planPrune(world, { places: ['target:attic'] });
  expect([without.plan.gaps.map(({ place }) => place), without.plan.archives]).toEqual([
    ['target:attic'],
    [],
  ]);
  expect(await problemOf(world.backups.prune(whole.digest))).toMatchObject({ code: 'PLAN_CHANGED' });
});

test('the folder of an export goes as a whole, and one that is not whole is left alone', async () => {
  baobab().addGuest(108);
  for (const days of [0, 1, 2, 3]) {
    baobab().writeFile(`${exportFolder(days)}/108.conf`, 'name: web\n');
    baobab().writeFile(`${exportFolder(days)}/disk-scsi0.raw.zst`, 'bytes');
    if (days < 3) baobab().writeFile(`${exportFolder(days)}/SHA256SUMS`, '');
  }
  const waiting = await planPrune(world, { places: ['storage:nas'] });
  expect(waiting.plan.archives.map(({ rule }) => rule)).toEqual([
    'keep-last',
    'keep-last',
    'replacement-unverified',
    'unknown-state',
  ]);
  await foundExport(world, exportFolder(0));
  await foundExport(world, exportFolder(1));
  const planned = await planPrune(world, { places: ['storage:nas'] });
  expect(toRemove(planned).map(({ name }) => name)).toEqual([basename(exportFolder(2))]);
  // What a prune that was cut off has left of one.
  baobab().writeFile(`${dump}/.sifaka-removed-sifaka-export-qemu-108-2020_01_01-00_00_00/108.conf`, '');
  const { jobId } = await world.backups.prune(planned.digest);
  const { report } = await pruned(world, jobId);
  expect(report).toMatchObject({ removed: [`storage:nas#${basename(exportFolder(2))}`], left: [] });
  expect(baobab().list(dump)).toEqual([3, 1, 0].map((days) => basename(exportFolder(days))));
});
