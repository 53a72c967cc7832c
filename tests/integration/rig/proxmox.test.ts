import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import type { CheapNode } from '../../rig/proxmox/cheap-node.ts';
import { type CheapNodes, cheapNodes, cheapNodeTools } from '../../rig/proxmox/cheap-nodes.ts';
import { diskBytes } from '../../rig/proxmox/guest-disks.ts';
import { isOnPath, requireTools, unproven } from '../../rig/required-tools.ts';

const isRoot = process.getuid?.() === 0;
const dump = '/mnt/pve/nas/dump';
const owner = fileURLToPath(new URL('cheap-nodes-process.ts', import.meta.url));
/** Of each disk, in bytes: neither whole blocks nor whole clusters of an archive. */
const filled = 2_000_000;
let rig: CheapNodes;
let baobab: CheapNode;

beforeAll(async () => {
  // What is missing is said by each test.
  if (!isRoot || !cheapNodeTools.every(isOnPath)) return;
  rig = await cheapNodes({
    nodes: ['baobab', 'ebony', 'hermit'],
    pveCluster: { baobab: 'madagascar', ebony: 'madagascar', hermit: null },
    folders: ['/mnt/attic'],
  });
  baobab = rig.node('baobab');
  baobab.addGuest(100, { name: 'web', disks: 2, tags: 'prod;shop', filled });
  baobab.addGuest(101, { type: 'lxc', name: 'wiki' });
  baobab.addGuest(104, { name: null, running: false, bytes: 0 });
  baobab.addGuest(105, { name: 'a-name-of-more-than-twenty-letters', bytes: 0 });
  baobab.addGuest(106, { type: 'lxc', name: null, lock: 'snapshot', bytes: 0 });
  rig.node('ebony').addGuest(200, { name: 'elsewhere' });
});
afterAll(() => rig?.stop());

describe('nodes with stand-ins of Proxmox', () => {
  it('list guests in the columns of qm and pct, and nothing at all where there are none', async (context) => {
    need(context);
    expect((await baobab.ok('qm', 'list')).split('\n')).toEqual([
      '      VMID NAME                 STATUS     MEM(MB)    BOOTDISK(GB) PID       ',
      '       100 web                  running    2048               0.00 100100    ',
      '       104 VM 104               stopped    2048              32.00 0         ',
      '       105 a-name-of-more-than-twenty-letters running    2048              32.00 100105    ',
      '',
    ]);
    expect((await baobab.ok('pct', 'list')).split('\n')).toEqual([
      'VMID       Status     Lock         Name                ',
      '101        running                 wiki                ',
      '106        running    snapshot     CT106               ',
      '',
    ]);
    expect(await rig.node('hermit').exec(['qm', 'list'])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await rig.node('hermit').exec(['pct', 'list'])).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('answer for their whole cluster in one line of sorted keys, and leave out what is not known', async (context) => {
    need(context);
    baobab.settings({ faults: { statusUnknown: [105], ipccWarnings: 'stdout' } });
    const said = await baobab.ok(
      'pvesh',
      'get',
      '/cluster/resources',
      '--type',
      'vm',
      '--output-format',
      'json',
    );
    baobab.settings({});
    const [warning, , , line = '', ...more] = said.split('\n');
    expect(warning).toBe('ipcc_send_rec[1] failed: Connection refused');
    expect(more).toEqual(['']);
    const guests = JSON.parse(line) as Record<string, unknown>[];
    expect(line).toBe(JSON.stringify(guests));
    expect(guests.every((guest) => Object.keys(guest).join() === Object.keys(guest).toSorted().join())).toBe(
      true,
    );
    expect(guests.map(({ id, node, name, status }) => [id, node, name, status])).toEqual([
      ['qemu/100', 'baobab', 'web', 'running'],
      ['lxc/101', 'baobab', 'wiki', 'running'],
      ['qemu/104', 'baobab', 'VM 104', 'stopped'],
      ['qemu/105', 'baobab', undefined, 'unknown'],
      ['lxc/106', 'baobab', 'CT106', 'running'],
      ['qemu/200', 'ebony', 'elsewhere', 'running'],
    ]);
    expect(guests[3]).toEqual({ id: 'qemu/105', node: 'baobab', status: 'unknown', type: 'qemu', vmid: 105 });
    expect(guests[0]).toMatchObject({ tags: 'prod;shop', template: 0, maxdisk: 4194304 });
    expect(guests[4]).toMatchObject({ lock: 'snapshot' });
    const status = JSON.parse(
      await rig.node('hermit').ok('pvesh', 'get', '/cluster/status', '--output-format', 'json'),
    );
    expect(status).toMatchObject([{ type: 'node', name: 'hermit', local: 1, nodeid: 0 }]);
  });

  it('tell a backup as vzdump does, line by line', async (context) => {
    need(context);
    // Where it is slow, a backup says in between how far it is.
    baobab.settings({ progressSeconds: 1000 });
    const said = await baobab.ok(
      ...words('vzdump 100 --mode snapshot --storage nas --compress zstd --notes-template'),
      '{{guestname}} on {{node}}',
    );
    baobab.settings({});
    const archive = newest('qemu-100');
    expect(said.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'TIME').split('\n')).toEqual([
      "INFO: starting new backup job: vzdump 100 --mode snapshot --storage nas --compress zstd --notes-template '{{guestname}} on {{node}}'",
      'INFO: Starting Backup of VM 100 (qemu)',
      'INFO: Backup started at TIME',
      'INFO: status = running',
      'INFO: VM Name: web',
      "INFO: include disk 'scsi0' 'local-lvm:vm-100-disk-0' 4M",
      "INFO: include disk 'scsi1' 'local-lvm:vm-100-disk-1' 4M",
      'INFO: backup mode: snapshot',
      'INFO: ionice priority: 7',
      `INFO: creating vzdump archive '${dump}/${archive}'`,
      "INFO: issuing guest-agent 'fs-freeze' command",
      "INFO: issuing guest-agent 'fs-thaw' command",
      expect.stringMatching(/^INFO: started backup task '[0-9a-f-]{36}'$/),
      'INFO: resuming VM again',
      expect.stringMatching(
        /^INFO: 100% \(8\.0 MiB of 8\.0 MiB\) in \d+s, read: [\d.]+ [MK]iB\/s, write: [\d.]+ [MK]iB\/s$/,
      ),
      'INFO: backup is sparse: 4.18 MiB (52%) total zero data',
      expect.stringMatching(/^INFO: transferred 8\.00 MiB in (<1 seconds|\d+ seconds \([\d.]+ [MK]iB\/s\))$/),
      'INFO: archive file size: 3MB',
      'INFO: adding notes to backup',
      expect.stringMatching(/^INFO: Finished Backup of VM 100 \(00:0\d:\d\d\)$/),
      'INFO: Backup finished at TIME',
      'INFO: Backup job finished successfully',
      'INFO: notified via target `mail-to-root`',
      '',
    ]);
    const files = baobab.list(dump).filter((name) => name.startsWith(archive.replace('.vma.zst', '')));
    expect(files).toEqual([archive.replace('.vma.zst', '.log'), archive, `${archive}.notes`]);
    expect(baobab.readFile(`${dump}/${archive}.notes`)).toBe('web on baobab');
    const upid = baobab.readFile('/var/log/pve/tasks/index').split(' ')[0] ?? '';
    expect(upid).toMatch(/^UPID:baobab:[0-9A-F]{8}:[0-9A-F]{8}:[0-9A-F]{8}:vzdump:100:root@pam:$/);
    const log = baobab.readFile(`/var/log/pve/tasks/${upid.split(':')[4]?.at(-1)}/${upid}`);
    expect(log).toBe(`${said}TASK OK\n`);
  });

  it('list an archive as its storage does, on every node that shares it', async (context) => {
    need(context);
    await baobab.ok('vzdump', '101', '--storage', 'nas', '--compress', 'zstd', '--protected', '1');
    const archive = newest('lxc-101');
    const size = baobab.readBytes(`${dump}/${archive}`).length;
    const ebony = rig.node('ebony');
    const listed = await ebony.ok('pvesm', 'list', 'nas', '--vmid', '101');
    expect(listed.split('\n')).toEqual([
      `${'Volid'.padEnd(`nas:backup/${archive}`.length)} Format  Type      ${'Size'.padStart(String(size).length)} VMID`,
      `nas:backup/${archive} tar.zst backup    ${size} 101`,
      '',
    ]);
    const path = '/nodes/ebony/storage/nas/content';
    const json = await ebony.ok(
      'pvesh',
      'get',
      path,
      '--content',
      'backup',
      '--vmid',
      '101',
      '--output-format',
      'json',
    );
    expect(JSON.parse(json)).toEqual([
      expect.objectContaining({
        volid: `nas:backup/${archive}`,
        format: 'tar.zst',
        size,
        subtype: 'lxc',
        protected: 1,
      }),
    ]);
    expect(await ebony.exec(['pvesm', 'free', `nas:backup/${archive}`])).toMatchObject({
      code: 255,
      stderr: `cannot remove protected archive '${dump}/${archive}'\n`,
    });
    expect(await ebony.ok('pvesm', 'path', `nas:backup/${archive}`)).toBe(`${dump}/${archive}\n`);
  });

  it('restore the very bytes of an archive, and only then does the guest answer', async (context) => {
    need(context);
    await baobab.ok('qmrestore', `nas:backup/${newest('qemu-100')}`, '900', '--unique');
    const ofContainer = ['pct', 'restore', '901', `nas:backup/${newest('lxc-101')}`] as const;
    // Without a storage it is `local`, whatever the archive says.
    expect((await baobab.exec(ofContainer)).stderr).toContain(
      "'local' does not support container directories",
    );
    await baobab.ok(...ofContainer, '--storage', 'local-zfs');
    for (const disk of [0, 1])
      expect(
        baobab.readBytes(volumePath(900, disk)).equals(diskBytes(`100-${disk}`, 4 * 1024 * 1024, filled)),
      ).toBe(true);
    expect(await baobab.ok('pct', 'config', '901')).toContain('rootfs: local-zfs:subvol-901-disk-0,size=4M');
    expect((await baobab.exec(['qm', 'agent', '900', 'ping'])).stderr).toBe('VM 900 is not running\n');
    for (const start of [['qm', '900'] as const, ['pct', '901'] as const])
      await baobab.ok(start[0], 'start', start[1]);
    expect(await baobab.exec(['qm', 'agent', '900', 'ping'])).toMatchObject({ code: 0 });
    expect(await baobab.ok('pct', 'exec', '901', '--', 'hostname')).toBe('wiki\n');
    baobab.flipByte(volumePath(900, 1), 3_000_000);
    expect(await baobab.exec(['qm', 'agent', '900', 'ping'])).toMatchObject({
      code: 255,
      stderr: 'QEMU guest agent is not running\n',
    });
    for (const end of [['qm', '900'] as const, ['pct', '901'] as const]) {
      await baobab.ok(end[0], 'stop', end[1]);
      await baobab.ok(end[0], 'destroy', end[1], '--purge');
    }
    expect(baobab.guests()).not.toContain(900);
    expect(baobab.exists(volumePath(900, 0))).toBe(false);
  });

  it('find one byte that is wrong: zstd, vma and qmrestore all fail', async (context) => {
    need(context);
    await baobab.ok('vzdump', '100', '--storage', 'nas', '--compress', 'zstd');
    const archive = `${dump}/${newest('qemu-100')}`;
    baobab.flipByte(archive, 1_000_000);
    expect((await baobab.exec(['zstd', '-t', '-q', archive])).code).toBe(1);
    const verified = await baobab.exec(['sh', '-c', `zstd -q -d -c ${archive} | vma verify -`]);
    expect(verified.code).not.toBe(0);
    expect(verified.stderr).toContain('ERROR');
    const restored = await baobab.exec(['qmrestore', archive, '900']);
    expect(restored).toMatchObject({
      code: 255,
      stdout: expect.stringContaining('VM 900 state is NOT cleaned up.'),
      stderr: expect.stringContaining('failed: exit code 133'),
    });
    // What the real one leaves: a guest with an empty configuration.
    expect(await baobab.ok('qm', 'config', '900')).toBe('memory: 128\n');
    await baobab.ok('qm', 'destroy', '900');
  });

  it('leave what vzdump leaves when a storage is full, when it is told to end, and when power is cut', async (context) => {
    need(context);
    const before = baobab.list(dump);
    const added = () => baobab.list(dump).filter((name) => !before.includes(name));
    const vzdump = ['vzdump', '100', '--storage', 'nas', '--compress', 'zstd'];
    rig.setCapacities({ nas: { total: 60 * 1024 * 1024, used: 59 * 1024 * 1024 } });
    const full = await baobab.exec(vzdump);
    rig.setCapacities({});
    expect(full).toMatchObject({ code: 255, stderr: 'job errors\n' });
    expect(full.stdout).toContain(
      'zstd: error 70 : Write error : cannot write block : No space left on device \nERROR: vma_queue_write: write error - Broken pipe\nINFO: aborting backup job\n',
    );
    expect(full.stdout).toContain(
      'ERROR: Backup of VM 100 failed - vma_queue_write: write error - Broken pipe\n',
    );
    expect(added()).toEqual([expect.stringMatching(/^vzdump-qemu-100-.*\.log$/)]);
    expect(baobab.guestConfig(100)).not.toContain('lock:');

    baobab.hold();
    const ending = baobab.exec(vzdump);
    await expect.poll(() => baobab.isHeld).toBe(true);
    // The first of the two processes: the other is its worker, which it tells.
    await baobab.ok('pkill', '-TERM', '-o', '-f', '/usr/bin/vzdump');
    expect((await ending).stdout).toContain('ERROR: interrupted by signal\nINFO: aborting backup job\n');
    expect(added().filter((name) => !name.endsWith('.log'))).toEqual([]);

    baobab.hold();
    const cut = baobab.exec(vzdump);
    await expect.poll(() => baobab.isHeld).toBe(true);
    await baobab.powerOff();
    await cut;
    expect(rig.node('ebony').list(dump)).toEqual(baobab.list(dump));
    await baobab.powerOn();
    baobab.release();
    expect(
      added()
        .map((name) => name.replace(/^.*\d\d\./, ''))
        .filter((name) => name !== 'log'),
    ).toEqual(['tmp', 'vma.dat']);
    expect((await baobab.exec(vzdump)).stdout).toContain(
      'ERROR: Backup of VM 100 failed - VM is locked (backup)\n',
    );
    await baobab.ok('qm', 'unlock', '100');
    baobab.settings({ faults: { diesAt: 0.3 } });
    expect(await baobab.exec(vzdump)).toMatchObject({
      code: 255,
      stderr: 'got unexpected control message: \n',
    });
    baobab.settings({});
    expect(baobab.guestConfig(100)).toContain('lock: backup\n');
    await baobab.ok('qm', 'unlock', '100');
  });

  it('fail as vzdump fails, and say nothing at all of a guest on another node', async (context) => {
    need(context);
    expect(await baobab.exec(['vzdump', '200', '--storage', 'nas'])).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    expect((await baobab.exec(['vzdump', '106', '--storage', 'nas'])).stdout).toContain(
      'ERROR: Backup of VM 106 failed - CT is locked (snapshot)\n',
    );
    expect((await baobab.exec(['vzdump', '999', '--storage', 'nas'])).stdout).toContain(
      "ERROR: Backup of VM 999 failed - unable to find VM '999'\n",
    );
    baobab.settings({ faults: { notifyFails: true, oldProgress: true, warnings: true } });
    const odd = await baobab.exec(['vzdump', '100', '--storage', 'local', '--prune-backups', 'keep-last=1']);
    expect(odd).toMatchObject({ code: 0, stderr: 'Task finished with 1 warning(s)!\n' });
    expect(odd.stdout).toMatch(
      /INFO: status: 100% \(8388608\/8388608\), sparse 52% \(\d+\), duration \d, read\/write \d\/\d MB\/s\n/,
    );
    expect(odd.stdout).toContain('WARN: ');
    expect(odd.stdout).toMatch(/finished successfully\nERROR: could not notify via target /);
    baobab.settings({});
    const again = await baobab.ok('vzdump', '100', '--storage', 'local', '--prune-backups', 'keep-last=1');
    expect(again).toMatch(
      /INFO: prune older backups with retention: keep-last=1\nINFO: removing backup 'local:backup\/.*'\nINFO: pruned 1 backup\(s\) not covered by keep-retention policy\n/,
    );
    baobab.settings({ faults: { pruneFails: 'permission' } });
    const refused = await baobab.exec([
      'vzdump',
      '100',
      '--storage',
      'local',
      '--prune-backups',
      'keep-last=1',
    ]);
    baobab.settings({});
    expect(refused.code).toBe(255);
    expect(refused.stdout).toMatch(/missing Datastore\.Modify\|Datastore\.Prune/);
    expect(baobab.list('/var/lib/vz/dump').filter((name) => name.endsWith('.vma'))).toHaveLength(2);
  });

  it('are gone with the process that made them, however that ended', async (context) => {
    need(context);
    const child = spawn(process.execPath, [owner], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const { folder } = JSON.parse(line) as { folder: string };
    child.kill('SIGKILL');
    await expect.poll(() => existsSync(folder)).toBe(false);
    await expect
      .poll(() => execFileSync('ps', ['-eo', 'args='], { encoding: 'utf8' }).includes(basename(folder)), {
        timeout: 10_000,
      })
      .toBe(false);
    expect(readdirSync(tmpdir())).toContain(basename(rig.folder));
  });

  it('keep a folder that a NAS is mounted on apart from the folder below it', async (context) => {
    need(context);
    const ebony = rig.node('ebony');
    await baobab.ok('touch', '/mnt/attic/there');
    expect(await ebony.ok('ls', '/mnt/attic')).toBe('there\n');
    await ebony.ok('umount', '/mnt/attic');
    expect(await ebony.ok('ls', '/mnt/attic')).toBe('');
    expect(existsSync(join('/mnt', 'attic', 'there'))).toBe(false);
  });
});

function need(context: TestContext): void {
  requireTools(context, ...cheapNodeTools);
  if (!isRoot) unproven(context, 'needs root');
}

/** The name of the newest archive of a guest, as `qemu-100`. */
function newest(of: string): string {
  const found = baobab
    .list(dump)
    .filter((name) => name.startsWith(`vzdump-${of}-`) && /\.(vma|tar)\.zst$/.test(name));
  return found.at(-1) ?? '';
}

function words(line: string): string[] {
  return line.split(' ');
}

function volumePath(vmid: number, disk: number): string {
  return `/var/lib/pve-rig/volumes/local-lvm/vm-${vmid}-disk-${disk}`;
}
