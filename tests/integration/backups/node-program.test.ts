import { spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type NodeRun, parseBackupNodeAnswer } from '../../../electron/services/backups/node/node-answer.ts';
import {
  type BackupNodeRequest,
  readBackupProgram,
} from '../../../electron/services/backups/node/node-program.ts';
import type { CheapNode } from '../../rig/proxmox/cheap-node.ts';
import { type CheapNodes, cheapNodes } from '../../rig/proxmox/cheap-nodes.ts';
import { requireTools } from '../../rig/required-tools.ts';

const runs = '/var/lib/sifaka/backups/runs';
const dump = '/var/lib/vz/dump';
const mebibyte = 1024 * 1024;

let rig: CheapNodes;
let node: CheapNode;
let program: string;
let vmid = 99;

beforeAll(async () => {
  program = await readBackupProgram(join(import.meta.dirname, '../../../resources'));
  rig = await cheapNodes({ nodes: ['baobab'], pveCluster: null, stores: [] });
  node = rig.node('baobab');
}, 120_000);
afterAll(() => rig?.stop());
afterEach(() => node.release());

/** A guest of its own for each test. */
function newGuest(bytes = mebibyte): void {
  vmid += 1;
  node.addGuest(vmid, { running: true, bytes, filled: bytes });
}

function requestFor(changes: Readonly<Record<string, string>> = {}): string {
  const fields = {
    by: 'operator',
    type: 'qemu',
    vmid: String(vmid),
    storage: 'local',
    mode: 'snapshot',
    compress: 'zstd',
    bwlimit: '0',
    prune: '-',
    method: 'vzdump',
    ...changes,
  };
  const lines = Object.entries(fields).map(([key, value]) => `${key} ${value}\n`);
  return `${lines.join('')}program ${Buffer.from(program).toString('base64')}\nend\n`;
}

async function ask(request: BackupNodeRequest, input = '') {
  const { stdout, stderr } = await node.exec(['/bin/sh', '-c', program, 'sifaka-backup', ...request], {
    input,
  });
  return parseBackupNodeAnswer('baobab', Buffer.from(stdout, 'latin1'), stderr);
}

async function started(changes: Readonly<Record<string, string>> = {}): Promise<string> {
  const id = randomUUID();
  expect((await ask(['start', id], requestFor(changes))).outcome).toEqual(['started']);
  return id;
}

async function runOf(id: string): Promise<NodeRun | undefined> {
  return (await ask(['status', id, '0'])).runs[0];
}

async function ended(id: string): Promise<NodeRun> {
  for (;;) {
    const run = await runOf(id);
    if (run === undefined) throw new Error('there is no such run');
    if (run.state !== 'running') return run;
    await new Promise((wake) => setTimeout(wake, 100));
  }
}

async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  const end = performance.now() + 30_000;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error('it did not come about');
    await new Promise((wake) => setTimeout(wake, 30));
  }
}

const filesOf = () => node.list(dump).filter((name) => name.includes(`-${vmid}-`) && !name.endsWith('.log'));
const isDumping = () => filesOf().some((name) => name.endsWith('.dat'));
/** In the middle of its dump; who is to be killed stands in a file, which comes when vzdump runs already. */
const isHeldIn = (id: string) => node.isHeld && node.exists(`${runs}/${id}/task`);
const pidIn = (id: string, file: string) => node.readFile(`${runs}/${id}/${file}`).split(' ')[0] ?? '';

/** Digests take as long as this file is there. */
async function holdDigests(work: () => Promise<void>): Promise<void> {
  await node.ok('sh', '-c', 'cp -a /usr/bin/sha256sum /usr/bin/sha256sum.real; touch /run/hold');
  node.writeFile(
    '/usr/bin/sha256sum',
    '#!/bin/sh\nwhile [ -e /run/hold ]; do sleep 0.05; done\nexec sha256sum.real "$@"\n',
    0o755,
  );
  try {
    await work();
  } finally {
    await node.ok('sh', '-c', 'rm -f /run/hold; mv /usr/bin/sha256sum.real /usr/bin/sha256sum');
  }
}

test('is written in the shell that every node has', (context) => {
  requireTools(context, 'shellcheck');
  const { status, stdout } = spawnSync('shellcheck', ['--shell=sh', '-'], {
    input: program,
    encoding: 'utf8',
  });
  expect(stdout).toBe('');
  expect(status).toBe(0);
});

test('a run is made once, said in pieces, listed, and forgotten only when it is over', async () => {
  newGuest(4 * mebibyte);
  node.hold();
  const id = await started();
  await until(() => node.isHeld);
  expect((await ask(['forget', id])).outcome).toEqual(['running']);
  // Whoever asks again starts nothing.
  expect((await ask(['start', id], requestFor())).outcome).toEqual(['started']);
  node.release();
  const run = await ended(id);
  expect(run).toMatchObject({ state: 'done', result: { exitCode: 0 }, request: { vmid, method: 'vzdump' } });
  const [archive = ''] = filesOf();
  const bytes = node.readBytes(`${dump}/${archive}`);
  expect(filesOf()).toEqual([archive]);
  expect(run.result).toMatchObject({
    archive,
    path: `${dump}/${archive}`,
    volid: `local:backup/${archive}`,
    files: [
      { name: archive, sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') },
    ],
  });
  const whole = (await ask(['status', id, '0'])).log;
  const rest = (await ask(['status', id, '100'])).log;
  expect(rest?.bytes).toEqual(whole?.bytes.subarray(100));
  expect(rest?.size).toBe(whole?.bytes.length);
  expect((await ask(['list'])).runs.map((one) => one.id)).toEqual([id]);
  expect((await ask(['forget', id])).outcome).toEqual(['forgotten']);
  expect(node.list(runs)).toEqual([]);
  expect(filesOf()).toEqual([archive]);
});

test.each([
  ['vmid', '100; reboot'],
  ['vmid', '-1'],
  ['storage', '--dumpdir=/'],
  ['storage', '../x'],
  ['mode', 'snapshot --stdout'],
  ['compress', 'pigz'],
  ['bwlimit', 'all'],
  ['prune', 'keep-last=1 --remove'],
  ['type', 'other'],
  ['method', 'copy'],
  ['by', 'root'],
  ['script', '/tmp/x'],
])('a request with %s %s is none', async (key, value) => {
  const id = randomUUID();
  expect((await ask(['start', id], requestFor({ [key]: value }))).outcome).toEqual(['refused']);
  expect(node.list(runs)).toEqual([]);
});

test('a request that is cut off is none, and neither is another id', async () => {
  const id = randomUUID();
  const text = requestFor();
  expect((await ask(['start', id], text.slice(0, text.indexOf('method')))).outcome).toEqual(['refused']);
  const { code } = await node.exec(['/bin/sh', '-c', program, 'x', 'start', '../../etc'], { input: text });
  expect(code).toBe(64);
  expect(node.list(runs)).toEqual([]);
});

test('one to a storage at a time', async () => {
  newGuest();
  node.hold();
  const id = await started();
  await until(() => node.isHeld);
  expect((await ask(['start', randomUUID()], requestFor())).outcome).toEqual(['busy', id]);
  await ask(['cancel', id]);
  expect((await ended(id)).state).toBe('cancelled');
  expect(filesOf()).toEqual([]);
  expect(node.guestConfig(vmid)).not.toContain('lock:');
  expect(node.list(runs)).toEqual([id]);
  await ask(['forget', id]);
});

test('started by many at the same time it runs once', async () => {
  newGuest();
  const id = randomUUID();
  const answers = await Promise.all(Array.from({ length: 6 }, () => ask(['start', id], requestFor())));
  expect(answers.map(({ outcome }) => outcome[0])).toEqual(Array.from({ length: 6 }, () => 'started'));
  expect((await ended(id)).state).toBe('done');
  expect(filesOf()).toHaveLength(1);
  const log = (await ask(['status', id, '0'])).log?.bytes.toString() ?? '';
  expect(log.match(/starting new backup job/g)).toHaveLength(1);
  await ask(['forget', id]);
});

test('what is kept of runs may not lie behind a link', async () => {
  await node.ok('sh', '-c', `mv ${runs} /root/elsewhere && ln -s /root/elsewhere ${runs}`);
  expect((await ask(['start', randomUUID()], requestFor())).outcome).toEqual(['failed']);
  await node.ok('sh', '-c', `rm ${runs} && mv /root/elsewhere ${runs}`);
});

test('without who runs it vzdump goes on, and its archive is used', async () => {
  newGuest();
  node.hold();
  const id = await started();
  await until(() => isHeldIn(id));
  expect(isDumping()).toBe(true);
  await node.ok('kill', '-9', pidIn(id, 'owner'));
  expect((await runOf(id))?.state).toBe('running');
  node.release();
  expect((await ended(id)).state).toBe('cut-off');
  expect((await ask(['start', id], requestFor())).outcome).toEqual(['started']);
  const run = await ended(id);
  expect(run).toMatchObject({ state: 'done', result: { files: [{ name: filesOf()[0] }] } });
  expect(filesOf()).toHaveLength(1);
  await ask(['forget', id]);
});

test('when both are killed there is no backup, and nothing half', async () => {
  newGuest();
  node.hold();
  const id = await started();
  // What vzdump has not said yet nobody can take away by its name.
  await until(
    () =>
      isHeldIn(id) && isDumping() && node.readFile(`${runs}/${id}/log`).includes('creating vzdump archive'),
  );
  await node.ok(
    'sh',
    '-c',
    `kill -9 ${pidIn(id, 'owner')} ${pidIn(id, 'task')}; pkill -9 -f '[v]zdump[ :]${vmid}' || :`,
  );
  await until(async () => (await runOf(id))?.state === 'cut-off');
  node.release();
  await ask(['start', id], requestFor());
  expect(await ended(id)).toMatchObject({ state: 'failed', result: { reason: 'cut-off', files: [] } });
  expect(filesOf()).toEqual([]);
  await ask(['forget', id]);
  // The guest was locked by a vzdump that is gone.
  expect(node.guestConfig(vmid)).not.toContain('lock:');
});

test('a worker that outlives its killed command by a moment leaves neither its folder nor its lock', async () => {
  newGuest();
  node.settings({ faults: { diesEarly: 'all' } });
  const id = await started();
  expect(await ended(id)).toMatchObject({ state: 'failed', result: { reason: 'cut-off' } });
  node.settings({});
  expect(filesOf()).toEqual([]);
  expect(node.guestConfig(vmid)).not.toContain('lock:');
  await ask(['forget', id]);
});

test('what a killed vzdump left is gone also where another one had waited for its turn', async () => {
  newGuest();
  const other = vmid;
  newGuest();
  node.hold();
  const id = await started();
  await until(() => isHeldIn(id) && isDumping());
  const waiting = node.exec(['vzdump', String(other), '--storage', 'local', '--mode', 'snapshot']);
  await until(async () => (await node.exec(['pgrep', '-f', `task UPID:.*:vzdump:${other}:`])).code === 0);
  await node.exec(['sh', '-c', `kill -9 ${pidIn(id, 'task')}; pkill -9 -f '[v]zdump[ :]${vmid}' || :`]);
  expect(await ended(id)).toMatchObject({ state: 'failed', result: { reason: 'cut-off' } });
  expect(filesOf()).toEqual([]);
  expect(node.guestConfig(vmid)).not.toContain('lock:');
  node.release();
  expect((await waiting).code).toBe(0);
  await ask(['forget', id]);
});

test('killed while the archive is read, it is read again and not dumped again', async () => {
  newGuest();
  await holdDigests(async () => {
    const id = await started();
    await until(async () => (await runOf(id))?.phase?.word === 'read');
    await node.ok('kill', '-9', pidIn(id, 'owner'));
    await node.ok('rm', '/run/hold');
    expect((await ended(id)).state).toBe('cut-off');
    // Also when the node went down then: what vzdump had ended with is on the disk.
    await node.ok('sed', '-i', `s/[^ ]*$/${randomUUID()}/`, `${runs}/${id}/task`);
    await ask(['start', id], requestFor());
    expect((await ended(id)).state).toBe('done');
    expect(filesOf()).toHaveLength(1);
    const log = (await ask(['status', id, '0'])).log?.bytes.toString() ?? '';
    expect(log.match(/Starting Backup/g)).toHaveLength(1);
    await ask(['forget', id]);
  });
});

test('what vzdump made right before the node went down may not be on the disk, and is no backup', async () => {
  newGuest();
  await holdDigests(async () => {
    const id = await started();
    await until(async () => (await runOf(id))?.phase?.word === 'read');
    await node.ok('kill', '-9', pidIn(id, 'owner'));
    await node.ok('rm', '/run/hold', `${runs}/${id}/dumped`);
    await until(async () => (await runOf(id))?.state === 'cut-off');
    // As if all of this had been before the last boot.
    await node.ok('sed', '-i', `s/[^ ]*$/${randomUUID()}/`, `${runs}/${id}/task`);
    await ask(['start', id], requestFor());
    expect(await ended(id)).toMatchObject({ state: 'failed', result: { reason: 'cut-off', files: [] } });
    await ask(['forget', id]);
  });
});

test('an archive that its storage lists with another size is no backup', async () => {
  newGuest();
  const link =
    'at=$(readlink -f /usr/sbin/pvesm); mkdir /root/real; ln -s "$at" /root/real/pvesm; rm /usr/sbin/pvesm';
  await node.ok('sh', '-c', link);
  const shorter = `awk '$1 ~ /:backup/ { $4 = $4 - 1 } { print }'`;
  node.writeFile(
    '/usr/sbin/pvesm',
    `#!/bin/sh\n[ "$1" = list ] || exec /root/real/pvesm "$@"\n/root/real/pvesm "$@" | ${shorter}\n`,
    0o755,
  );
  const id = await started();
  const run = await ended(id);
  await node.ok('mv', '/root/real/pvesm', '/usr/sbin/pvesm');
  const size = node.readBytes(`${dump}/${filesOf()[0] ?? ''}`).length;
  expect(run).toMatchObject({
    state: 'failed',
    result: { reason: `listed-as ${size - 1}`, sizeBytes: size },
  });
  await ask(['forget', id]);
});

test('stopped while the archive is read, the archive stays and is not called a backup', async () => {
  newGuest();
  await holdDigests(async () => {
    const id = await started();
    await until(async () => (await runOf(id))?.phase?.word === 'read');
    await ask(['cancel', id]);
    expect(await ended(id)).toMatchObject({
      state: 'cancelled',
      result: { archive: filesOf()[0], files: [] },
    });
    expect(filesOf()).toHaveLength(1);
    await ask(['forget', id]);
  });
});

test('an export that is stopped leaves the archive that it was made from, and nothing else', async () => {
  newGuest();
  await holdDigests(async () => {
    const id = await started({ method: 'export' });
    await until(
      async () =>
        node.list(dump).some((name) => name.endsWith('.partial')) &&
        (await runOf(id))?.phase?.word === 'read' &&
        node.exists(`${runs}/${id}/sums`),
    );
    await ask(['cancel', id]);
    expect((await ended(id)).state).toBe('cancelled');
    expect(node.list(dump).filter((name) => name.includes(`-${vmid}-`) && !name.endsWith('.log'))).toEqual([
      expect.stringMatching(/\.vma\.zst$/),
    ]);
    await ask(['forget', id]);
  });
});

test('an export that is cut off when what it was made from has just gone is whole, and is found', async () => {
  newGuest();
  await node.ok(
    'sh',
    '-c',
    'at=$(readlink -f /usr/sbin/pvesm); mkdir -p /root/real; ln -s "$at" /root/real/pvesm; rm /usr/sbin/pvesm; touch /run/hold',
  );
  node.writeFile(
    '/usr/sbin/pvesm',
    '#!/bin/sh\n/root/real/pvesm "$@" || exit\n[ "$1" != free ] || while [ -e /run/hold ]; do sleep 0.05; done\n',
    0o755,
  );
  try {
    const id = await started({ method: 'export' });
    await until(() => filesOf().length === 1 && filesOf()[0]?.startsWith('sifaka-export-') === true);
    await node.ok('kill', '-9', pidIn(id, 'owner'));
    await node.ok('rm', '/run/hold');
    expect((await ended(id)).state).toBe('cut-off');
    await ask(['start', id], requestFor({ method: 'export' }));
    const run = await ended(id);
    expect(run).toMatchObject({ state: 'done', result: { archive: filesOf()[0] } });
    expect(run.result?.files.map(({ name }) => name)).toContain('SHA256SUMS');
    const log = (await ask(['status', id, '0'])).log?.bytes.toString() ?? '';
    expect(log).not.toContain('WARN');
    await ask(['forget', id]);
  } finally {
    await node.ok('sh', '-c', 'rm -f /run/hold; mv /root/real/pvesm /usr/sbin/pvesm');
  }
});

test('the programs of a node may be those of busybox, and its shell', async () => {
  const applets =
    'awk base64 cat cut date grep head mkdir mv rm sed setsid sha256sum sleep sort stat sync tail timeout tr';
  await node.ok(
    'sh',
    '-c',
    `mkdir /root/usual; for one in ${applets}; do at=$(command -v $one); cp -a "$at" /root/usual/$one; echo "$at" >>/root/usual.list; printf '#!/bin/dash\\nexec busybox %s "$@"\\n' $one >"$at.new"; chmod 755 "$at.new"; busybox mv "$at.new" "$at"; done; cp -a /usr/bin/sh /root/usual/sh; busybox ln -sf busybox /usr/bin/sh`,
  );
  newGuest();
  const id = await started({ method: 'export' });
  expect(await ended(id)).toMatchObject({
    state: 'done',
    result: { archive: expect.stringMatching(/^sifaka-export/) },
  });
  const other = await started();
  expect((await ended(other)).state).toBe('done');
  expect((await ask(['list'])).runs).toHaveLength(2);
});
