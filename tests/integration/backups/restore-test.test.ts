import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { BackupRecord } from '../../../shared/schemas/backup-record.ts';
import { type BackupWorld, backupWorld } from './backup-world.ts';

const mebibyte = 1024 * 1024;
const scratch = [9900, 9901];

let world: BackupWorld;
const made: Record<number, BackupRecord> = {};

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
    restoreTest: { everyDays: 7, waitSeconds: 10 }
restoreTests:
  vmids: { first: 9900, last: 9901 }
`,
  });
  await world.backups.initTarget('attic', new AbortController().signal);
  const baobab = world.rig.node('baobab');
  baobab.addGuest(100, {
    name: 'web',
    bytes: 2 * mebibyte,
    lines: [
      'net1: e1000=BC:24:11:00:00:99,bridge=vmbr1',
      'onboot: 1',
      'protection: 1',
      'hostpci0: 0000:01:00.0',
    ],
  });
  baobab.addGuest(101, { type: 'lxc', name: 'mail', bytes: mebibyte, lines: ['onboot: 1'] });
  baobab.addGuest(102, { name: 'plain', bytes: mebibyte, agent: false });
  baobab.addGuest(103, { name: 'golden', bytes: mebibyte, template: true });
  baobab.addGuest(104, { name: 'large', bytes: 4 * mebibyte, filled: 65_536 });
  const large = baobab.guestConfig(104) ?? '';
  // Three tebibytes of memory.
  baobab.writeFile(
    '/etc/pve/nodes/baobab/qemu-server/104.conf',
    large.replace(/^memory: .*$/m, 'memory: 3145728'),
  );
  const { ended } = await world.run({ guests: [100, 101, 102, 103, 104].map((vmid) => `baobab/${vmid}`) });
  expect(ended.problem).toBeUndefined();
  for (const record of await world.records()) made[record.guest.vmid] = record;
}, 120_000);
afterAll(() => world?.stop());

afterEach(() => {
  // Whatever became of a test, none of its guests and nothing of what it brought is left.
  for (const node of world.rig.nodes) {
    expect(node.guests().filter((vmid) => scratch.includes(vmid))).toEqual([]);
    expect(node.list('/var/lib/sifaka/backups/restores')).toEqual([]);
    expect(node.list('/mnt/pve/nas/dump').filter((name) => name.startsWith('.'))).toEqual([]);
    node.settings({});
  }
});

async function testRestore(request: { guest?: string; archive?: string }) {
  const { jobId } = await world.backups.restoreTest(request);
  return { jobId, ...(await world.ended(jobId)) };
}

async function lastCheck(vmid: number) {
  const record = (await world.records()).find(({ id }) => id === made[vmid]?.id);
  return record?.checks.findLast(({ kind }) => kind === 'restore-test');
}

test.each([
  [100, 'agent-answered'],
  [101, 'program-ran'],
  [102, 'running'],
  [103, 'restored'],
])('a guest made of the archive of %i comes up, and its evidence is %s', async (vmid, evidence) => {
  const original = world.rig.node('baobab').guestConfig(vmid);
  const { ended } = await testRestore({ guest: `baobab/${vmid}` });
  expect(ended.problem).toBeUndefined();
  expect(ended.report).toMatchObject({
    kind: 'backup-restore-test',
    check: { outcome: 'passed', evidence, place: 'storage:nas' },
  });
  expect(await lastCheck(vmid)).toMatchObject({ outcome: 'passed', evidence });
  expect(world.rig.node('baobab').guestConfig(vmid)).toBe(original);
});

test('it is started without a network, without the host and other guests’ disks, and never by itself', async () => {
  const baobab = world.rig.node('baobab');
  // Slow enough that it can be looked at.
  baobab.settings({ faults: { agentSilent: [9900] } });
  const { jobId } = await world.backups.restoreTest({ guest: 'baobab/100' });
  const ended = world.ended(jobId);
  await expect
    .poll(() => baobab.exists('/var/lib/pve-rig/cluster/running/baobab/9900'), { timeout: 60_000 })
    .toBe(true);
  const config = baobab.guestConfig(9900) ?? '';
  const nets = config.split('\n').filter((line) => line.startsWith('net'));
  expect(nets).toHaveLength(2);
  for (const net of nets) expect(net).toContain('link_down=1');
  expect(config).toContain('onboot: 0');
  expect(config).not.toContain('hostpci');
  expect(config).toContain(`#${encodeURIComponent(`sifaka restore test ${jobId}`).replaceAll('%20', ' ')}`);
  expect((await ended).ended.problem).toMatchObject({ code: 'RESTORE_TEST_FAILED' });
  expect(await lastCheck(100)).toMatchObject({
    outcome: 'failed',
    detail: expect.stringContaining('did not answer within 10 s'),
  });
});

test('a test that would fill the storage of others, or their memory, is not begun and says nothing of the archive', async () => {
  const baobab = world.rig.node('baobab');
  const [, , , , used] =
    (await baobab.ok('pvesm', 'status', '--storage', 'local-lvm')).split('\n')[1]?.split(/\s+/) ?? [];
  world.rig.setCapacities({ 'baobab/local-lvm': { total: Number(used) * 1024 + 2 * mebibyte } });
  const full = await testRestore({ guest: 'baobab/104' });
  world.rig.setCapacities({});
  expect(full.ended.problem).toMatchObject({ code: 'STORAGE_FULL' });
  const large = await testRestore({ guest: 'baobab/104' });
  expect(large.ended.problem).toMatchObject({
    code: 'NODE_TOO_SMALL',
    what: expect.stringContaining('needs 3.30 TB'),
    state: expect.stringContaining('nothing is known of the archive'),
  });
  expect(await lastCheck(104)).toBeUndefined();
});

test('a guest that does not start is a failed test', async () => {
  world.rig.node('baobab').settings({ faults: { bootFails: [9900] } });
  const { ended } = await testRestore({ guest: 'baobab/101' });
  expect(ended.problem).toMatchObject({
    code: 'RESTORE_TEST_FAILED',
    what: expect.stringContaining("startup for container '9900' failed"),
  });
});

test('from a target, the archive is brought to the node and taken away again', async () => {
  const { ended } = await testRestore({ archive: `target:attic#${made[101]?.archive}` });
  expect(ended.problem).toBeUndefined();
  expect(await lastCheck(101)).toMatchObject({ outcome: 'passed', place: 'target:attic' });
});

test('an id that any guest of the cluster has is not taken', async () => {
  const tapia = world.rig.node('tapia');
  tapia.addGuest(9900, { name: 'somebody', bytes: mebibyte });
  const before = tapia.guestConfig(9900);
  const baobab = world.rig.node('baobab');
  baobab.settings({ faults: { bootFails: [9901] } });
  const { ended } = await testRestore({ guest: 'baobab/101' });
  expect(ended.problem?.what).toContain("'9901'");
  tapia.addGuest(9901, { name: 'somebody else', bytes: mebibyte });
  const refused = await testRestore({ guest: 'baobab/101' });
  expect(refused.ended.problem).toMatchObject({ code: 'SCRATCH_ID_MISSING' });
  expect(tapia.guestConfig(9900)).toBe(before);
  expect(tapia.guests()).toEqual([9900, 9901]);
  for (const vmid of scratch) tapia.removeGuest(vmid);
});

test('a guest that somebody else makes under the same id in that moment is not touched', async () => {
  const baobab = world.rig.node('baobab');
  await baobab.ok('cp', '-a', '/usr/sbin/qmrestore', '/usr/sbin/qmrestore.real');
  // PVE::Tools, lock_file: whoever makes it has the lock, and it is there before ours could begin.
  baobab.writeFile(
    '/usr/sbin/qmrestore',
    `#!/bin/sh
printf 'name: theirs\\nlock: create\\n' >"/etc/pve/nodes/baobab/qemu-server/$2.conf"
echo "unable to restore VM $2 - can't lock file '/var/lock/qemu-server/lock-$2.conf' - got timeout" >&2
exit 255
`,
    0o755,
  );
  try {
    const { ended } = await testRestore({ guest: 'baobab/100' });
    expect(ended.problem).toMatchObject({ code: 'SCRATCH_ID_MISSING' });
    for (const vmid of scratch) expect(baobab.guestConfig(vmid)).toBe('name: theirs\nlock: create\n');
  } finally {
    await baobab.ok('mv', '/usr/sbin/qmrestore.real', '/usr/sbin/qmrestore');
    for (const vmid of scratch) baobab.removeGuest(vmid);
  }
});

test('an archive that changed is not even restored', async () => {
  const archive = `/mnt/pve/nas/dump/${made[102]?.archive}`;
  const baobab = world.rig.node('baobab');
  baobab.flipByte(archive, 3000);
  const { ended } = await testRestore({ guest: 'baobab/102' });
  expect(ended.problem).toMatchObject({
    code: 'RESTORE_TEST_FAILED',
    what: expect.stringContaining('SHA-256'),
  });
  expect(await lastCheck(102)).toMatchObject({ outcome: 'failed' });
  baobab.flipByte(archive, 3000);
});

/** Starts a test in an app of its own, and kills that once `isThere`. Answers the job that is cut off. */
async function killedWhen(isThere: () => boolean, guest: string): Promise<string> {
  const { folder, lab, home } = world.rig;
  const work = JSON.stringify({ test: { guest } });
  const app = spawn(
    process.execPath,
    [join(import.meta.dirname, 'restore-process.ts'), folder, lab, home, work],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [line] = (await once(app.stdout, 'data')) as [Buffer];
  await expect.poll(isThere, { timeout: 60_000 }).toBe(true);
  app.kill('SIGKILL');
  await once(app, 'exit');
  return line.toString().trim();
}

test('killed while a guest is made for a test: the node goes on, and the next test removes what it made', async () => {
  const baobab = world.rig.node('baobab');
  baobab.hold(0.5);
  await killedWhen(() => baobab.isHeld, 'baobab/100');
  baobab.release();
  await expect
    .poll(() => baobab.guestConfig(9900) ?? '', { timeout: 30_000 })
    .toContain('sifaka-restore-test');
  expect(baobab.guestConfig(9900)).toContain('onboot: 0');
  const { ended, events } = await testRestore({ guest: 'baobab/101' });
  expect(ended.problem).toBeUndefined();
  expect(JSON.stringify(events)).toContain('that an earlier test left was removed');
});

test('killed while the node still restores, that is ended too; and what runs is stopped and removed', async () => {
  const baobab = world.rig.node('baobab');
  baobab.hold(0.5);
  await killedWhen(() => baobab.isHeld, 'baobab/102');
  const next = testRestore({ guest: 'baobab/101' });
  // Its own guest is made now, under the id that the other one had.
  await expect
    .poll(() => baobab.exists('/etc/pve/nodes/baobab/lxc/9900.conf'), { timeout: 60_000 })
    .toBe(true);
  baobab.release();
  expect((await next).ended.problem).toBeUndefined();
  baobab.settings({ faults: { agentSilent: [9900] } });
  await killedWhen(() => baobab.exists('/var/lib/pve-rig/cluster/running/baobab/9900'), 'baobab/100');
  baobab.settings({});
  expect((await testRestore({ guest: 'baobab/101' })).ended.problem).toBeUndefined();
});

test('a guest that somebody made under the id of a test that was killed is nobody’s leftover', async () => {
  const baobab = world.rig.node('baobab');
  baobab.settings({ faults: { agentSilent: [9900] } });
  await killedWhen(() => baobab.exists('/var/lib/pve-rig/cluster/running/baobab/9900'), 'baobab/100');
  baobab.settings({});
  await baobab.ok('qm', 'stop', '9900');
  await baobab.ok('qm', 'destroy', '9900');
  baobab.addGuest(9900, { name: 'mine', bytes: mebibyte });
  const { ended } = await testRestore({ guest: 'baobab/101' });
  expect(ended.problem).toBeUndefined();
  expect(baobab.guestConfig(9900)).toContain('name: mine');
  baobab.removeGuest(9900);
});
