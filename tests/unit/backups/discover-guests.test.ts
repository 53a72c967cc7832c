import { describe, expect, it } from 'vitest';
import { guestsInResources } from '../../../electron/services/backups/discover/cluster-resources.ts';
import { clusterNameIn, versionIn } from '../../../electron/services/backups/discover/cluster-status.ts';
import { configurationsIn } from '../../../electron/services/backups/discover/guest-configurations.ts';
import { guestsInPctList, guestsInQmList } from '../../../electron/services/backups/discover/guest-lists.ts';
import {
  storagesInJson,
  storagesInStatus,
  storagesOfConfiguration,
} from '../../../electron/services/backups/discover/node-storages.ts';
import { jsonIn } from '../../../electron/services/backups/discover/pve-json.ts';

// qemu-server, PVE/CLI/qm.pm: "%10s %-20s %-10s %-10s %12s %-10s\n"
const qm = (id: number, name: string, status: string, memory: string, disk: number, pid: number) =>
  `${String(id).padStart(10)} ${name.padEnd(20)} ${status.padEnd(10)} ${memory.padEnd(10)} ${disk.toFixed(2).padStart(12)} ${String(pid).padEnd(10)}\n`;

// pve-container, PVE/CLI/pct.pm: "%-10s %-10s %-12s %-20s\n"
const pct = (id: number, status: string, lock: string, name: string) =>
  `${String(id).padEnd(10)} ${status.padEnd(10)} ${lock.padEnd(12)} ${name.padEnd(20)}\n`;

const of = (id: number, ...lines: string[]) => lines.map((line) => `${id}.conf:${line}\n`).join('');

describe('what pvesh says', () => {
  const warning = 'ipcc_send_rec[1] failed: Connection refused\n';

  it.each([
    ['JSON on one line', '[{"a":1}]\n', [{ a: 1 }]],
    ['warnings before it', `${warning.repeat(3)}[]\n`, []],
    ['JSON over several lines', '{\n  "a" : 1\n}\n', { a: 1 }],
    ['something after it', `[1]\nWARNING: done\n`, [1]],
    ['a warning that begins as JSON does', '[warn] not well\n[2]\n', [2]],
    ['nothing', '', undefined],
    ['warnings alone', warning, undefined],
    ['JSON that does not end', '[{"a":1', undefined],
    ['JSON after more warnings than are looked past', `${warning.repeat(200)}[]`, undefined],
  ])('is read: %s', (_what, text, expected) => {
    expect(jsonIn(text)).toEqual(expected);
  });

  it('tells guests, also those of which it knows nothing but that they are there', () => {
    const rows = [
      {
        id: 'qemu/100',
        type: 'qemu',
        vmid: 100,
        node: 'Baobab',
        name: 'web',
        status: 'running',
        template: 0,
        tags: 'a;b, c',
        pool: 'shop',
        maxdisk: 34_359_738_368,
      },
      { id: 'lxc/101', type: 'lxc', vmid: 101, node: 'ebony', status: 'unknown' },
      {
        id: 'qemu/9000',
        type: 'qemu',
        vmid: '9000',
        node: 'ebony',
        status: 'suspended',
        template: '1',
        lock: 'backup',
        maxdisk: '1024',
      },
      { id: 'node/ebony', type: 'node', node: 'ebony' },
      { id: 'qemu/1', type: 'qemu', vmid: 1, node: 'ebony' },
      { id: 'qemu/102', type: 'qemu', vmid: 102, node: '../ebony' },
      'no row',
    ];
    const found = guestsInResources(`${warning}${JSON.stringify(rows)}\n`);
    // The ids 1 and ../ebony, and what is no row at all: three that are there and cannot be read.
    expect(found?.unread).toBe(3);
    expect(found?.rows).toEqual([
      {
        type: 'qemu',
        vmid: 100,
        pveNode: 'baobab',
        name: 'web',
        status: 'running',
        template: false,
        tags: ['a', 'b', 'c'],
        pool: 'shop',
        maxDisk: 34_359_738_368,
      },
      { type: 'lxc', vmid: 101, pveNode: 'ebony', status: 'unknown', template: false, tags: [] },
      {
        type: 'qemu',
        vmid: 9000,
        pveNode: 'ebony',
        status: 'unknown',
        template: true,
        tags: [],
        lock: 'backup',
        maxDisk: 1024,
      },
    ]);
    expect(guestsInResources('{"data":null}')).toBeUndefined();
  });

  it('tells storages, sizes of which may be texts, zero or missing', () => {
    const rows = [
      {
        storage: 'nas',
        type: 'nfs',
        content: 'images,backup',
        shared: 1,
        active: 1,
        enabled: 1,
        total: '1000',
        used: 400,
        avail: '600',
      },
      {
        storage: 'local',
        type: 'dir',
        content: 'iso',
        shared: 0,
        active: 1,
        enabled: 1,
        total: 10,
        used: -1,
        avail: 'many',
      },
      {
        storage: 'away',
        type: 'cifs',
        content: 'backup',
        shared: 1,
        active: 0,
        enabled: 1,
        total: 0,
        used: 0,
        avail: 0,
      },
      { storage: 'off', type: 'dir', content: 'backup', enabled: 0 },
      { storage: '../etc', type: 'dir', content: 'backup' },
    ];
    const found = storagesInJson(JSON.stringify(rows));
    expect(found?.unread).toBe(1);
    expect(found?.rows).toEqual([
      {
        storage: 'nas',
        type: 'nfs',
        shared: true,
        active: true,
        backups: true,
        totalBytes: 1000,
        usedBytes: 400,
        availableBytes: 600,
      },
      { storage: 'local', type: 'dir', shared: false, active: true, backups: false, totalBytes: 10 },
      { storage: 'away', type: 'cifs', shared: true, active: false, backups: true },
    ]);
  });

  it('tells the name of its cluster, or that there is none', () => {
    expect(
      clusterNameIn(
        '[{"id":"cluster","name":"madagascar","type":"cluster"},{"type":"node","name":"baobab"}]',
      ),
    ).toEqual({ name: 'madagascar' });
    expect(clusterNameIn('[{"type":"node","name":"baobab"}]')).toBe('none');
    expect(clusterNameIn('500 no such thing')).toBeUndefined();
    expect(versionIn('warning\npve-manager/8.4.1/2a5fa54a8503f96d (running kernel: 6.8.12)\n')).toBe('8.4.1');
  });
});

describe('qm list and pct list', () => {
  const header = '      VMID NAME                 STATUS     MEM(MB)    BOOTDISK(GB) PID       \n';

  it('are read by position: names with a blank, and names that push the columns', () => {
    const text =
      header +
      qm(100, 'web', 'running', '2048', 32, 4711) +
      qm(104, 'VM 104', 'stopped', '512', 0, 0) +
      qm(105, 'a-name-of-more-than-twenty-characters', 'running', '2048', 8, 1) +
      qm(106, 'paused running', 'paused', '1', 1, 2) +
      qm(107, 'odd', 'prelaunch', '1', 1, 2);
    expect(guestsInQmList(text, 'baobab').rows.map(({ vmid, name, status }) => [vmid, name, status])).toEqual(
      [
        [100, 'web', 'running'],
        [104, 'VM 104', 'stopped'],
        [105, 'a-name-of-more-than-twenty-characters', 'running'],
        [106, 'paused running', 'paused'],
        [107, 'odd', 'unknown'],
      ],
    );
  });

  it('say nothing at all where there are no guests', () => {
    expect(guestsInQmList('', 'baobab')).toEqual({ rows: [], unread: 0 });
    expect(guestsInPctList('', 'baobab')).toEqual({ rows: [], unread: 0 });
    expect(guestsInQmList(`${header}what is this\n`, 'baobab').unread).toBe(1);
  });

  it('tell a lock by its column, which is mostly blank', () => {
    const text =
      'VMID       Status     Lock         Name                \n' +
      pct(101, 'running', '', 'dns') +
      pct(102, 'stopped', 'backup', 'mail') +
      pct(103, 'stopped', 'snapshot-delete', 'long') +
      pct(104, 'stopped', '', 'backup');
    expect(
      guestsInPctList(text, 'baobab').rows.map(({ vmid, status, lock, name }) => [vmid, status, lock, name]),
    ).toEqual([
      [101, 'running', undefined, 'dns'],
      [102, 'stopped', 'backup', 'mail'],
      [103, 'stopped', 'snapshot-delete', 'long'],
      [104, 'stopped', undefined, 'backup'],
    ]);
  });

  it('and pvesm status, in KiB, for what pvesh could not say', () => {
    const text =
      'Name             Type     Status           Total            Used       Available        %\n' +
      'local             dir     active        98559220        20961304        72545368   21.27%\n' +
      'nas               nfs   inactive               0               0               0    0.00%\n' +
      'old               dir   disabled               0               0               0      N/A\n';
    const configured = storagesOfConfiguration(
      'local\t-\t/var/lib/vz/dump\nnas\t192.0.2.50\t/mnt/pve/nas/dump\n-bad\t-\t-\n',
    );
    expect([...configured]).toEqual([
      ['local', { folder: '/var/lib/vz/dump' }],
      ['nas', { server: '192.0.2.50', folder: '/mnt/pve/nas/dump' }],
    ]);
    expect(storagesInStatus(text, configured)).toEqual([
      {
        storage: 'local',
        type: 'dir',
        shared: false,
        active: true,
        backups: true,
        totalBytes: 98_559_220 * 1024,
        usedBytes: 20_961_304 * 1024,
        availableBytes: 72_545_368 * 1024,
      },
      { storage: 'nas', type: 'nfs', shared: true, active: false, backups: true },
    ]);
  });
});

describe('a configuration', () => {
  it('of a virtual machine tells what vzdump leaves out', () => {
    const text = of(
      100,
      'agent: enabled=1,fstrim_cloned_disks=1',
      'name: web',
      'tags: prod;web',
      'lock: backup',
      'efidisk0: local-lvm:vm-100-disk-1,efitype=4m,size=4M',
      'scsi0: local-lvm:vm-100-disk-0,iothread=1,size=32G',
      'scsi1: nas:100/vm-100-disk-1.raw,backup=0,size=1T',
      'scsi2: /dev/disk/by-id/wwn-1,backup=no,size=1T',
      'scsihw: virtio-scsi-single',
      'ide2: local:iso/debian.iso,media=cdrom,size=600M',
      'unused0: local-lvm:vm-100-disk-9',
      '[before-upgrade]',
      'name: before',
      'lock: snapshot',
      'scsi5: local-lvm:vm-100-disk-5,backup=0,size=1G',
      '[PENDING]',
      'name: later',
    );
    expect(configurationsIn(text, 'qemu')).toEqual([
      {
        vmid: 100,
        name: 'web',
        template: false,
        lock: 'backup',
        tags: ['prod', 'web'],
        agent: true,
        diskBytes: 32 * 1024 ** 3 + 4 * 1024 ** 2,
        excludedDisks: ['scsi1', 'scsi2', 'unused0'],
      },
    ]);
  });

  it('of a container: only volumes that say so are taken, besides its root', () => {
    const text = of(
      101,
      'hostname: dns',
      'template: 1',
      'rootfs: local-zfs:subvol-101-disk-0,size=8G',
      'mp0: local-zfs:subvol-101-disk-1,mp=/srv,backup=1,size=512M',
      'mp1: local-zfs:subvol-101-disk-2,mp=/cache,size=9G',
      'mp2: /tank/media,mp=/media,backup=1',
    );
    expect(configurationsIn(text, 'lxc')).toEqual([
      {
        vmid: 101,
        name: 'dns',
        template: true,
        tags: [],
        diskBytes: 8.5 * 1024 ** 3,
        excludedDisks: ['mp1', 'mp2'],
      },
    ]);
  });

  it.each([
    ['agent: 1', true],
    ['agent: 0', false],
    ['agent: enabled=0', false],
    ['agent: type=virtio,enabled=1', true],
    ['cores: 1', false],
  ])('%s: the agent is %s', (line, agent) => {
    expect(configurationsIn(of(100, line), 'qemu')[0]?.agent).toBe(agent);
  });

  it('whose disk has no size has none as a whole', () => {
    const text = of(100, 'scsi0: a:b,size=1G', 'scsi1: a:c');
    expect(configurationsIn(text, 'qemu')[0]).not.toHaveProperty('diskBytes');
  });

  it('cannot pass for one of another guest', () => {
    const text =
      of(100, 'description: x\r101.conf:name: forged', 'name: 101.conf:name') + '../200.conf:name: x\n';
    expect(configurationsIn(text, 'qemu').map(({ vmid, name }) => [vmid, name])).toEqual([
      [100, '101.conf:name'],
    ]);
  });
});
