import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { BackupRecord } from '../../../shared/schemas/backup-record.ts';
import { halfADayAway } from '../../rig/backups/half-a-day-away.ts';
import { diskBytes } from '../../rig/proxmox/guest-disks.ts';
import type { ProxmoxFaults } from '../../rig/proxmox/settings.ts';
import { type BackupWorld, backupWorld } from './backup-world.ts';

const dump = '/mnt/pve/nas/dump';
const still = new AbortController().signal;
const mebibyte = 1024 * 1024;

const policy = {
  schema: 'sifaka.backup-policy/1',
  timezone: 'Etc/UTC',
  rules: [
    {
      name: 'pruned',
      guests: ['tag:pruned'],
      storage: 'nas',
      keep: { last: 1 },
      pruneBy: 'vzdump',
    },
    { name: 'here', guests: ['tag:here'], storage: 'local' },
    { name: 'nightly', guests: ['tag:nightly'], storage: 'nas', schedule: { at: halfADayAway } },
    { name: 'all', guests: ['all'], storage: 'nas', bandwidthLimit: 500_000 },
  ],
};

let world: BackupWorld;
let last = 100;

beforeAll(async () => {
  world = await backupWorld({ policy: stringify(policy) });
}, 120_000);
afterAll(() => world?.stop());
afterEach(() => {
  for (const node of world.rig.nodes) node.release();
  world.rig.setCapacities({});
});

/** A guest of baobab that no other test has; its address. */
function guest(options: Parameters<ReturnType<typeof baobab>['addGuest']>[1] = {}) {
  const vmid = last;
  last += 1;
  baobab().addGuest(vmid, { running: true, bytes: 2 * mebibyte, ...options });
  return { vmid, address: `baobab/${vmid}` };
}

function baobab() {
  return world.rig.node('baobab');
}

function archivesOf(vmid: number): string[] {
  return baobab()
    .list(dump)
    .filter((name) => new RegExp(`-${vmid}-.*\\.(vma|tar)\\.\\w+$|-${vmid}-[\\d_-]+$`).test(name));
}

async function recordOf(vmid: number): Promise<BackupRecord> {
  const record = (await world.records()).find((one) => one.guest.vmid === vmid);
  if (record === undefined) throw new Error(`no record of ${vmid}`);
  return record;
}

async function warningsOf(request: Parameters<BackupWorld['plan']>[0]): Promise<string | undefined> {
  return (await world.plan(request))[0]?.warnings.join(' ');
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

test('a guest is backed up: archive, digest, record, a copy of it beside the archive, logbook', async () => {
  const { vmid, address } = guest({ name: 'web' });
  const { ended, events } = await world.run({ guests: [address] });
  expect(ended.problem).toBeUndefined();
  const record = await recordOf(vmid);
  expect(record).toMatchObject({
    guest: { pveCluster: 'madagascar', type: 'qemu', vmid, node: 'baobab', name: 'web' },
    outcome: 'made',
    storage: 'nas',
    place: 'storage:nas',
    mode: 'snapshot',
    rule: 'all',
  });
  const path = `${dump}/${record.archive}`;
  const bytes = baobab().readBytes(path);
  expect(record.files).toEqual([{ name: record.archive, sizeBytes: bytes.length, sha256: sha256(bytes) }]);
  expect(JSON.parse(baobab().readFile(`${path}.sifaka.json`))).toEqual(record);
  expect(baobab().list('/var/lib/sifaka/backups/runs')).toEqual([]);
  const [entry] = await world.lab.logbook(1);
  expect(entry?.summary).toMatch(new RegExp(`^Backed up ${address} \\(web\\) to nas`));
  expect(entry?.details.join('\n')).toContain(sha256(bytes));
  const lanes = events.flatMap((event) => (event.type === 'progress' ? (event.progress.lanes ?? []) : []));
  expect(lanes.at(-1)).toMatchObject({ name: address, state: 'done' });
  // The policy's limit went to vzdump.
  expect(baobab().readFile(`/var/log/vzdump/qemu-${vmid}.log`)).toContain('bandwidth limit: 500000 KiB/s');
});

test('a container is backed up', async () => {
  const { vmid, address } = guest({ type: 'lxc', name: 'dns' });
  const { ended } = await world.run({ guests: [address] });
  expect(ended.problem).toBeUndefined();
  expect(await recordOf(vmid)).toMatchObject({
    guest: { type: 'lxc', name: 'dns' },
    archive: expect.stringMatching(/^vzdump-lxc-.*\.tar\.zst$/),
  });
});

test('an export is the configuration and each disk as an image of its own, and nothing else stays', async () => {
  const { vmid, address } = guest({ name: 'db', disks: 2 });
  const { ended } = await world.run({ guests: [address], method: 'export' });
  expect(ended.problem).toBeUndefined();
  const record = await recordOf(vmid);
  expect(archivesOf(vmid)).toEqual([record.archive]);
  expect(record.archive).toMatch(/^sifaka-export-qemu-\d+-\d{4}(_\d\d){2}-\d\d(_\d\d){2}$/);
  const folder = `${dump}/${record.archive}`;
  const names = [`${vmid}.conf`, 'SHA256SUMS', 'disk-scsi0.raw.zst', 'disk-scsi1.raw.zst'];
  expect(record.files.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
  expect(baobab().list(folder)).toEqual([...names, 'sifaka-backup.json'].toSorted());
  for (const file of record.files) {
    const bytes = baobab().readBytes(`${folder}/${file.name}`);
    expect(file).toEqual({ name: file.name, sizeBytes: bytes.length, sha256: sha256(bytes) });
  }
  const disk = zstdDecompressSync(baobab().readBytes(`${folder}/disk-scsi1.raw.zst`));
  expect(sha256(disk)).toBe(sha256(diskBytes(`${vmid}-1`, 2 * mebibyte)));
  expect(baobab().readFile(`${folder}/${vmid}.conf`)).toContain('name: db');
  expect((await baobab().exec(['sh', '-c', `cd ${folder} && sha256sum -c SHA256SUMS`])).code).toBe(0);
});

test('an export of a container is its configuration and its root', async () => {
  const { vmid, address } = guest({ type: 'lxc', name: 'mail' });
  const { ended } = await world.run({ guests: [address], method: 'export' });
  expect(ended.problem).toBeUndefined();
  const record = await recordOf(vmid);
  expect(archivesOf(vmid)).toEqual([record.archive]);
  expect(record.files.map(({ name }) => name).toSorted()).toEqual([
    `${vmid}.conf`,
    'SHA256SUMS',
    'rootfs.tar.zst',
  ]);
  expect(baobab().readFile(`${dump}/${record.archive}/${vmid}.conf`)).toContain('hostname: mail');
});

test.for<readonly [string, ProxmoxFaults, Partial<BackupRecord>]>([
  [
    'older backups that a server does not let go are a state of their own',
    { pruneFails: 'permission' },
    { pruneFailed: expect.stringContaining('missing Datastore') },
  ],
  [
    'older backups that a folder does not let go, too',
    { pruneFails: 'remove' },
    { pruneFailed: expect.stringContaining('Permission denied') },
  ],
  [
    'a notification that was not sent, a WARN line, progress of older versions, warnings before answers, sizes as text',
    { notifyFails: true, warnings: true, oldProgress: true, ipccWarnings: 'stdout', sizesAreStrings: true },
    {
      warnings: [expect.stringContaining('efidisk'), expect.stringContaining('could not notify via target')],
    },
  ],
])('%s, and the backup is made', async ([, faults, expected]) => {
  const { vmid, address } = guest({ tags: 'pruned' });
  if (faults.pruneFails === 'remove')
    expect((await world.run({ guests: [address] })).ended.problem).toBeUndefined();
  baobab().settings({ faults });
  const { ended } = await world.run({ guests: [address] });
  expect(ended.problem).toBeUndefined();
  const record = await recordOf(vmid);
  expect(record).toMatchObject({ outcome: 'made', ...expected });
  expect(record.files[0]?.sha256).toBe(sha256(baobab().readBytes(`${dump}/${record.archive}`)));
});

test('where vzdump removes older ones itself, their records say so, and nothing of them stays', async () => {
  const { vmid, address } = guest({ tags: 'pruned' });
  await world.run({ guests: [address] });
  const before = await recordOf(vmid);
  expect((await world.run({ guests: [address] })).ended.problem).toBeUndefined();
  const after = await recordOf(vmid);
  expect(archivesOf(vmid)).toEqual([after.archive]);
  const records = (await world.records()).filter((one) => one.guest.vmid === vmid);
  expect(records.map(({ id, prunedAt }) => [id, prunedAt])).toEqual([
    [after.id, undefined],
    [before.id, after.endedAt],
  ]);
  expect(baobab().exists(`${dump}/${before.archive}.sifaka.json`)).toBe(false);
  expect(baobab().exists(`${dump}/${after.archive}.sifaka.json`)).toBe(true);
});

test.for<readonly [string, ProxmoxFaults, string]>([
  ['a storage that gets full at 60 %', { storageFullAt: 0.6 }, 'STORAGE_FULL'],
  ['a success that left no archive', { archiveVanishes: true }, 'BACKUP_NOT_MADE'],
])('%s is no backup', async ([, faults, code]) => {
  const { vmid, address } = guest();
  baobab().settings({ faults });
  const { ended } = await world.run({ guests: [address] });
  expect(ended).toMatchObject({ outcome: 'failed', problem: { code } });
  expect(await recordOf(vmid)).toMatchObject({ outcome: 'failed', problem: { code }, files: [] });
  expect(archivesOf(vmid)).toEqual([]);
  expect(
    baobab()
      .list(dump)
      .filter((name) => name.includes(`-${vmid}-`) && !name.endsWith('.log')),
  ).toEqual([]);
});

test('a guest that moves after the plan is not backed up, whatever vzdump calls that', async () => {
  const { vmid, address } = guest();
  baobab().holdBefore(`vzdump ${vmid}`);
  const job = await world.start({ guests: [address] });
  await until(() => baobab().isHeld);
  const config = baobab().readFile(`/etc/pve/qemu-server/${vmid}.conf`);
  baobab().removeGuest(vmid);
  world.rig.node('ebony').writeFile(`/etc/pve/nodes/ebony/qemu-server/${vmid}.conf`, config);
  baobab().release();
  const { ended } = await world.ended(job);
  expect(ended.problem).toMatchObject({ code: 'GUEST_MOVED' });
  expect(await recordOf(vmid)).toMatchObject({ outcome: 'failed', problem: { code: 'GUEST_MOVED' } });
  // And the next plan says where it is.
  const [planned] = await world.plan({ guests: [address] });
  expect(planned?.refusal).toMatchObject({ code: 'GUEST_MOVED', next: expect.stringContaining('ebony/') });
});

test('a guest that is locked meanwhile is not backed up, and the way out is named', async () => {
  const { vmid, address } = guest();
  baobab().holdBefore(`vzdump ${vmid}`);
  const job = await world.start({ guests: [address] });
  await until(() => baobab().isHeld);
  await baobab().ok('sh', '-c', `echo 'lock: backup' >>/etc/pve/qemu-server/${vmid}.conf`);
  baobab().release();
  const { ended } = await world.ended(job);
  expect(ended.problem).toMatchObject({ code: 'GUEST_LOCKED', next: expect.stringContaining('qm unlock') });
});

test('refusals of a plan each have their own reason, and nothing of it can be run', async () => {
  const { address } = guest();
  const locked = guest({ lock: 'migrate' });
  const refusalOf = async (request: Parameters<BackupWorld['plan']>[0]) =>
    (await world.plan(request))[0]?.refusal?.code;
  expect(await refusalOf({ guests: [locked.address] })).toBe('GUEST_LOCKED');
  expect(await refusalOf({ guests: ['baobab/999'] })).toBe('GUEST_UNKNOWN');
  expect(await refusalOf({ guests: ['fossa/100'] })).toBe('NODE_UNKNOWN');
  expect(await refusalOf({ guests: [address], storage: 'attic' })).toBe('STORAGE_UNKNOWN');
  expect(await refusalOf({ guests: [address], storage: 'local-lvm' })).toBe('STORAGE_UNUSABLE');
  world.rig.setCapacities({ nas: { total: 100, used: 100 } });
  expect(await refusalOf({ guests: [address] })).toBe('STORAGE_FULL');
  world.rig.setCapacities({});
  baobab().settings({ faults: { inactiveStorages: ['nas'] } });
  expect(await refusalOf({ guests: [address] })).toBe('STORAGE_UNUSABLE');
  baobab().settings({});
  world.rig.node('tapia').removeProgram('pvesh', 'vzdump');
  expect(await refusalOf({ guests: ['tapia/100'] })).toBe('NOT_PROXMOX');
  await world.rig.node('tapia').powerOff();
  expect(await refusalOf({ guests: ['tapia/100'] })).toBe('NODE_SILENT');
  await world.rig.node('tapia').powerOn();
  const { ended } = await world
    .run({ guests: [locked.address] })
    .catch((error: { code?: string }) => ({ ended: { problem: { code: error.code } } }));
  expect(ended.problem).toMatchObject({ code: 'GUEST_LOCKED' });
});

test('what is run is the plan that was shown, or nothing', async () => {
  const { vmid, address } = guest();
  const planned = async () => (await world.backups.plan({ guests: [address] }, still)).digest;
  const digest = await planned();
  await baobab().ok('sh', '-c', `echo 'lock: migrate' >>/etc/pve/qemu-server/${vmid}.conf`);
  await expect(world.backups.run(digest)).rejects.toMatchObject({
    code: 'PLAN_CHANGED',
    data: { what: expect.stringContaining(`${address} is locked`) },
  });
  await expect(world.backups.run(await planned())).rejects.toMatchObject({ code: 'GUEST_LOCKED' });
  await expect(world.backups.run('0'.repeat(64))).rejects.toMatchObject({ code: 'PLAN_CHANGED' });
  const none = (await world.backups.plan({ guests: 'all', rule: 'nightly' }, still)).digest;
  await expect(world.backups.run(none)).rejects.toMatchObject({ code: 'BACKUP_REFUSED' });
  await baobab().ok('qm', 'unlock', String(vmid));
  const again = await planned();
  writeFileSync(
    join(world.rig.lab, 'backups/policy.yaml'),
    stringify({ ...policy, rules: [{ name: 'all', guests: ['all'], storage: 'local' }] }),
  );
  await expect(world.backups.run(again)).rejects.toMatchObject({ code: 'PLAN_CHANGED' });
  writeFileSync(join(world.rig.lab, 'backups/policy.yaml'), stringify(policy));
});

test.each(['', '[{"type":"qemu"', '{"data":1}', '\u001b]0;x\u0007[]x'])(
  'a node whose Proxmox says %j is not believed to have no guests',
  async (answer) => {
    const ebony = world.rig.node('ebony');
    const [tool] = (await ebony.ok('sh', '-c', 'command -v pvesh')).split('\n');
    const before = ebony.readBytes(tool ?? '');
    ebony.writeFile(tool ?? '', `#!/bin/sh\nprintf '%s\\n' '${answer}'\n`, 0o755);
    const [planned] = await world.plan({ guests: ['ebony/777'] });
    expect(planned?.refusal).toMatchObject({ code: 'PVE_ANSWER_INVALID' });
    ebony.writeFile(tool ?? '', before, 0o755);
  },
);

test('what happens to a guest meanwhile is said before', async () => {
  const { address } = guest({ lines: ['scsi5: local-lvm:vm-1-disk-5,backup=0,size=4M'] });
  const template = guest({ template: true, running: false });
  const container = guest({ type: 'lxc', lines: ['mp0: local-zfs:subvol-1-disk-1,mp=/srv,size=8M'] });
  expect(await warningsOf({ guests: [address], mode: 'stop' })).toMatch(/shut down.*Left out.*: scsi5/);
  expect(await warningsOf({ guests: [address], mode: 'suspend' })).toMatch(/stands still/);
  expect(await warningsOf({ guests: [template.address] })).toMatch(/template/);
  expect(await warningsOf({ guests: [container.address] })).toMatch(/Left out.*: mp0/);
  expect(await warningsOf({ guests: [address], method: 'export' })).toMatch(/unpacked/);
});

test('one that is stopped takes back what it had begun, and unlocks the guest', async () => {
  const { vmid, address } = guest();
  baobab().hold();
  const job = await world.start({ guests: [address] });
  await until(() => baobab().isHeld);
  await world.jobs.cancel(job);
  const { ended } = await world.ended(job);
  expect(ended).toMatchObject({ outcome: 'cancelled', problem: { code: 'CANCELLED' } });
  expect(await recordOf(vmid)).toMatchObject({ outcome: 'cancelled' });
  expect(
    baobab()
      .list(dump)
      .filter((name) => name.includes(`-${vmid}-`) && !name.endsWith('.log')),
  ).toEqual([]);
  expect(baobab().guestConfig(vmid)).not.toContain('lock:');
});

test('a lab that cannot be written by then has no record, and the next run writes it of the same archive', async () => {
  await world.run({ guests: [guest().address] });
  const { vmid, address } = guest();
  baobab().hold();
  const job = await world.start({ guests: [address] });
  await until(() => baobab().isHeld);
  const file = join(world.rig.lab, 'backups/backups.json');
  const before = readFileSync(file);
  try {
    writeFileSync(file, before.subarray(0, 100));
    baobab().release();
    const { ended } = await world.ended(job);
    expect(ended.problem).toMatchObject({
      code: 'LAB_FILE_INVALID',
      state: expect.stringContaining(`Its backup is over and kept on baobab; the next run writes it down`),
    });
    expect(readFileSync(file)).toEqual(before.subarray(0, 100));
  } finally {
    writeFileSync(file, before);
  }
  expect((await world.run({ guests: [address] })).ended.problem).toBeUndefined();
  expect(archivesOf(vmid)).toEqual([(await recordOf(vmid)).archive]);
});

test('a lost connection does not stop it, and it is followed again', async () => {
  const { vmid, address } = guest();
  baobab().hold();
  const job = await world.start({ guests: [address] });
  await until(() => baobab().isHeld);
  await baobab().killSshd();
  await baobab().startSshd();
  baobab().release();
  const { ended } = await world.ended(job);
  expect(ended.problem).toBeUndefined();
  expect(archivesOf(vmid)).toEqual([(await recordOf(vmid)).archive]);
});

test('a node that goes down in the middle has no backup, and the next run makes one', async () => {
  const { vmid, address } = guest();
  baobab().hold();
  const job = await world.start({ guests: [address] });
  await until(() => baobab().isHeld);
  await baobab().reboot();
  const { ended } = await world.ended(job);
  expect(ended).toMatchObject({ outcome: 'failed', problem: { next: expect.stringContaining('qm unlock') } });
  expect(await recordOf(vmid)).toMatchObject({ outcome: 'cut-off', files: [] });
  expect(
    baobab()
      .list(dump)
      .filter((name) => name.includes(`-${vmid}-`) && /\.(dat|tmp)$/.test(name)),
  ).toEqual([]);
  // It was locked by a vzdump that is gone.
  expect(baobab().guestConfig(vmid)).not.toContain('lock:');
  baobab().release();
  expect((await world.run({ guests: [address] })).ended.problem).toBeUndefined();
  expect(archivesOf(vmid)).toEqual([(await recordOf(vmid)).archive]);
});

test('of several guests each has its own end, one after another on a storage', async () => {
  const good = [guest(), guest()];
  const bad = guest({ lock: 'snapshot' });
  const addresses = [good[0]?.address ?? '', bad.address, good[1]?.address ?? ''];
  const { ended } = await world.run({ guests: addresses });
  expect(ended).toMatchObject({
    outcome: 'failed',
    problem: { code: 'GUEST_LOCKED', what: expect.stringContaining('1 guest of 3 was not backed up') },
  });
  const records = await Promise.all(good.map(({ vmid }) => recordOf(vmid)));
  expect(records.map(({ outcome }) => outcome)).toEqual(['made', 'made']);
  const [first, second] = records.toSorted((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
  expect(Date.parse(second?.startedAt ?? '')).toBeGreaterThanOrEqual(
    Math.floor(Date.parse(first?.endedAt ?? '') / 1000) * 1000 - 1000,
  );
  expect(await recordOf(bad.vmid)).toMatchObject({ outcome: 'failed', problem: { code: 'GUEST_LOCKED' } });
});

test('two runs to one storage do not get in each other’s way, and one to another storage is let through', async () => {
  const one = guest();
  const other = guest();
  baobab().hold();
  const job = await world.start({ guests: [one.address] });
  await until(() => baobab().isHeld);
  await expect(world.start({ guests: [other.address] })).rejects.toMatchObject({ code: 'TARGET_IN_USE' });
  const here = guest({ tags: 'here' });
  const both = await world.run({ guests: [other.address, here.address] });
  expect(both.ended.problem).toMatchObject({ code: 'STORAGE_BUSY' });
  // To another storage it may go, and waits for vzdump's own lock of the node.
  const third = await world.start({ guests: [here.address] });
  for await (const event of world.jobs.follow(third, {})) {
    if (event.type === 'ended') throw new Error(JSON.stringify(event.problem));
    if (JSON.stringify(event).includes('waits for another backup of its node')) break;
  }
  baobab().release();
  expect((await world.ended(third)).ended.problem).toBeUndefined();
  expect((await recordOf(here.vmid)).place).toBe('storage:baobab/local');
  expect((await world.ended(job)).ended.problem).toBeUndefined();
});

test('who is due is backed up once, and then is not due any more', async () => {
  const { vmid, address } = guest({ tags: 'nightly' });
  guest();
  const due = await world.plan({ guests: 'due' });
  expect(due.map((planned) => `${planned.guest.node}/${planned.guest.vmid}`)).toEqual([address]);
  expect((await world.run({ guests: 'due' })).ended.problem).toBeUndefined();
  expect((await recordOf(vmid)).rule).toBe('nightly');
  expect(await world.plan({ guests: 'due' })).toEqual([]);
  expect((await world.plan({ guests: 'all', rule: 'nightly' })).map((planned) => planned.guest.vmid)).toEqual(
    [vmid],
  );
});

test('what a node calls its guests does nothing to a record', async () => {
  const { vmid, address } = guest({ name: 'a\u001b[31m\u0007-$(reboot)' });
  expect((await world.run({ guests: [address] })).ended.problem).toBeUndefined();
  const { guest: named } = await recordOf(vmid);
  // oxlint-disable-next-line no-control-regex -- it is what may not be there
  expect(named.name).not.toMatch(/[\u0000-\u001f]/);
});

async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + 30_000;
  while (!isSo()) {
    if (performance.now() > end) throw new Error('it did not come about');
    await new Promise((wake) => setTimeout(wake, 50));
  }
}
