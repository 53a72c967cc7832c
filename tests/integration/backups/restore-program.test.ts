import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  orderLines,
  parseRestoreAnswer,
  readRestoreProgram,
  type RestoreOrder,
  type RestoreQuestion,
} from '../../../electron/services/backups/restore/restore-program.ts';
import type { CheapNode } from '../../rig/proxmox/cheap-node.ts';
import { type CheapNodes, cheapNodes } from '../../rig/proxmox/cheap-nodes.ts';
import { requireTools } from '../../rig/required-tools.ts';

const restores = '/var/lib/sifaka/backups/restores';
const mebibyte = 1024 * 1024;

let rig: CheapNodes;
let node: CheapNode;
let program: string;
let order: RestoreOrder;

beforeAll(async () => {
  program = await readRestoreProgram(join(import.meta.dirname, '../../../resources'));
  rig = await cheapNodes({ nodes: ['baobab'], pveCluster: null, stores: [] });
  node = rig.node('baobab');
  node.addGuest(100, { name: 'web', bytes: mebibyte });
  await node.ok('vzdump', '100', '--storage', 'local', '--compress', 'zstd', '--prune-backups', 'keep-all=1');
  const name = node.list('/var/lib/vz/dump').find((file) => file.endsWith('.zst')) ?? '';
  const path = `/var/lib/vz/dump/${name}`;
  const { size, mtimeMs } = statSync(node.path(path));
  const archive = { path, sizeBytes: size, changed: Math.floor(mtimeMs / 1000) };
  order = { type: 'qemu', vmid: 200, archive, unique: false, test: false };
}, 120_000);
afterAll(() => rig?.stop());

async function ask(question: RestoreQuestion, input = '') {
  const { stdout } = await node.exec(['/bin/sh', '-c', program, 'sifaka-restore', ...question], { input });
  return parseRestoreAnswer(Buffer.from(stdout, 'latin1'));
}

async function endOf(id: string) {
  const state = async () => (await ask(['list']))?.runs.find((one) => one.id === id);
  await expect.poll(async () => (await state())?.state, { timeout: 30_000 }).not.toBe('running');
  return state();
}

async function run(changes: Partial<RestoreOrder>) {
  const id = randomUUID();
  expect((await ask(['start', id], orderLines({ ...order, ...changes }, program)))?.outcome).toEqual([
    'started',
  ]);
  const end = await endOf(id);
  await ask(['forget', id]);
  return end;
}

test('the program is POSIX sh by shellcheck, and busybox reads it', (context) => {
  requireTools(context, 'shellcheck', 'busybox');
  const { stdout, status } = spawnSync('shellcheck', ['--shell=sh', '-'], {
    input: program,
    encoding: 'utf8',
  });
  expect(stdout).toBe('');
  expect(status).toBe(0);
  expect(spawnSync('busybox', ['sh', '-n'], { input: program }).status).toBe(0);
});

test.each([
  ['a guest that is none', /^vmid .*$/m, 'vmid 100;reboot'],
  ['an archive without a whole path', /^archive .*$/m, `archive ${Buffer.from('x').toString('base64')}`],
  ['a storage that is an option', /^storage .*$/m, 'storage --force'],
  [
    'a test over a guest',
    /^over no\nconfig -\nunique no\ntest no$/m,
    'over yes\nconfig aa\nunique no\ntest yes',
  ],
  ['a word that is not known', /^unique .*$/m, 'unique no\nrun reboot'],
  ['no end', /^end$/m, ''],
])('a request with %s is none', async (_, pattern, by) => {
  const id = randomUUID();
  const lines = orderLines(order, program);
  expect(lines).toMatch(pattern);
  expect((await ask(['start', id], lines.replace(pattern, by)))?.outcome).toEqual(['refused']);
  expect(node.list(restores)).toEqual([]);
});

test('an archive that is another one than was compared, an id that is taken, and a guest that is another one: nothing is done', async () => {
  const before = node.guestConfig(100);
  const { archive } = order;
  const other = { archive: { ...archive, sizeBytes: archive.sizeBytes + 1 } };
  expect(await run(other)).toMatchObject({ state: 'failed', result: { reason: 'archive-changed' } });
  expect(await run({ vmid: 100 })).toMatchObject({ state: 'failed', result: { reason: 'taken' } });
  const over = await run({ vmid: 100, over: 'a'.repeat(64) });
  expect(over).toMatchObject({ state: 'failed', result: { reason: 'guest-changed' } });
  expect(over?.stage).toBeUndefined();
  expect(node.guestConfig(100)).toBe(before);
  expect(node.guests()).toEqual([100]);
});

/** In the place of Proxmox's program: it says where the one that called it has its hands. */
async function insteadOfRestore(script: string, work: () => Promise<void>) {
  await node.ok('mv', '/usr/sbin/qmrestore', '/usr/sbin/qmrestore.real');
  node.writeFile('/usr/sbin/qmrestore', `#!/bin/sh\n${script}\n`, 0o755);
  try {
    await work();
  } finally {
    await node.ok('mv', '-f', '/usr/sbin/qmrestore.real', '/usr/sbin/qmrestore');
    node.removeGuest(200);
  }
}

test.each([
  [
    'a volume that is there already',
    'Logical Volume "vm-200-disk-0" already exists in volume group "pve"',
    'code 255',
  ],
  [
    'the lock of a storage',
    "can't lock file '/var/lock/pve-manager/pve-storage-nas' - got timeout",
    'code 255',
  ],
  ['another guest', "unable to restore VM 200 - CT 200 already exists on node 'tapia'", 'taken'],
  ['its lock', "can't lock file '/var/lock/qemu-server/lock-200.conf' - got timeout", 'taken'],
])('%s: whether the id is taken, and half a guest of a test carries its mark', async (_, said, reason) => {
  const conf = '/etc/pve/nodes/baobab/qemu-server/200.conf';
  await insteadOfRestore(`echo 'cores: 1' >${conf}\ncat >&2 <<'SAID'\n${said}\nSAID\nexit 255`, async () => {
    expect(await run({ test: true })).toMatchObject({ state: 'failed', result: { reason } });
    expect(node.guestConfig(200)?.includes('sifaka restore test')).toBe(reason !== 'taken');
  });
});

test('the archive is open from before it is compared for the last time, so that nobody removes it', async () => {
  await insteadOfRestore('readlink /proc/$PPID/fd/8 >/var/tmp/held\nexit 1', async () => {
    await run({});
    expect((await node.ok('cat', '/var/tmp/held')).trim()).toBe(order.archive.path);
  });
});

test('a node without power in the middle says where it was, and does not begin again', async () => {
  const id = randomUUID();
  node.hold(0.5);
  expect((await ask(['start', id], orderLines(order, program)))?.outcome).toEqual(['started']);
  await expect.poll(() => node.isHeld, { timeout: 30_000 }).toBe(true);
  await node.reboot();
  node.release();
  const cut = await endOf(id);
  expect(cut).toMatchObject({ state: 'cut-off', stage: 'restoring' });
  await ask(['start', id], orderLines(order, program));
  expect(await endOf(id)).toMatchObject({ state: 'cut-off' });
  expect((await ask(['forget', id]))?.outcome).toEqual(['forgotten']);
  node.removeGuest(200);
});
