import { afterEach, beforeEach, expect, test } from 'vitest';
import { linuxFingerprint } from '../../../electron/services/drives/survey/list-linux-drives.ts';
import type { FakeDrive } from './sysfs-tree.ts';
import { SysfsTree } from './sysfs-tree.ts';

let tree: SysfsTree;
beforeEach(async () => {
  tree = await SysfsTree.make();
});
afterEach(() => tree.remove());

const usbPort = 'pci0000:00/0000:00:14.0/usb1/1-2';
const stick: FakeDrive = {
  place: `${usbPort}/1-2:1.0/host6/target6:0:0/6:0:0:0`,
  number: '8:16',
  sectors: 62_333_952,
  attributes: { removable: '1', 'queue/discard_max_bytes': '0' },
  hardware: {
    vendor: 'SanDisk ',
    model: 'Ultra           ',
    '../../../../idVendor': '0781',
    '../../../../serial': '4C530001',
  },
  partitions: { sdb1: { number: '8:17', sectors: 524_288 }, sdb2: { number: '8:18', sectors: 61_800_000 } },
  fileSystems: { sdb1: 'vfat', sdb2: 'ext4' },
};
const disk: FakeDrive = {
  place: 'pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0',
  number: '8:0',
  sectors: 976_773_168,
  hardware: { vendor: 'ATA     ', model: 'Samsung SSD 870 ', vpd_pg80: '\0\u0080\0\u0008S6PNNX01' },
  partitions: {
    sda1: { number: '8:1', sectors: 1_048_576 },
    sda2: { number: '8:2', sectors: 970_000_000 },
    sda10: { number: '8:10', sectors: 2048 },
  },
};
const softwareDevice = (number: string): FakeDrive => ({
  number,
  sectors: 970_000_000,
  attributes: { diskseq: '' },
});

test('a stick: what it is, what is on it, and what tells it from another', async () => {
  await tree.drive('sdb', stick);
  await tree.mounts('8:17 / /media/ana/bootfs rw - vfat /dev/sdb1 rw');
  expect((await tree.list()).get('sdb')).toEqual({
    path: '/dev/sdb',
    kind: 'usb',
    label: 'SanDisk Ultra 31.9 GB · 4C530001',
    model: 'SanDisk Ultra',
    size: 31_914_983_424,
    bus: 'usb',
    serial: '4C530001',
    removable: true,
    readOnly: false,
    parts: [
      { name: 'sdb1', size: 268_435_456, fileSystem: 'vfat', mountpoints: ['/media/ana/bootfs'] },
      { name: 'sdb2', size: 31_641_600_000, fileSystem: 'ext4', mountpoints: [] },
    ],
    contents: 'GPT with 2 partitions; FAT 268 MB mounted at /media/ana/bootfs; ext4 31.6 GB',
    identity: 'bus=usb&size=31914983424&serial=4C530001&diskseq=7',
    offered: true,
    reasons: [],
    canDiscard: false,
  });
});

test('a card in a slot of its own has its register; an eMMC is a disk, and its boot areas are no drives', async () => {
  const card: FakeDrive = {
    place: 'pci0000:00/0000:02:00.0/mmc_host/mmc0/mmc0:aaaa',
    number: '179:0',
    sectors: 62_333_952,
    attributes: { 'queue/discard_max_bytes': '1048576' },
    hardware: { type: 'SD', name: 'SC32G', serial: '0x1b2c3d4e', cid: '035344534333324780001b2c3d4e0117' },
  };
  await tree.drive('mmcblk0', card);
  await tree.drive('mmcblk1', {
    ...card,
    place: 'platform/soc/mmc_host/mmc1/mmc1:0001',
    hardware: { ...card.hardware, type: 'MMC' },
  });
  await tree.drive('mmcblk1boot0', {
    ...card,
    place: 'platform/soc/mmc_host/mmc1/mmc1:0001/x',
    number: '179:8',
  });
  const drives = await tree.list();
  expect([...drives.keys()]).toEqual(['mmcblk0', 'mmcblk1']);
  expect(drives.get('mmcblk0')).toMatchObject({
    kind: 'card',
    bus: 'mmc',
    serial: '0x1b2c3d4e',
    cid: '035344534333324780001b2c3d4e0117',
    removable: true,
    canDiscard: true,
    offered: true,
    label: 'SC32G 31.9 GB · 0x1b2c3d4e',
  });
  expect(drives.get('mmcblk0')?.identity).toContain('&cid=035344534333324780001b2c3d4e0117&');
  expect(drives.get('mmcblk1')).toMatchObject({
    kind: 'disk',
    contents: expect.stringMatching(/^built into/),
  });
});

test('serial numbers of SATA and NVMe; an NVMe drive on a network is not offered', async () => {
  await tree.drive('sda', disk);
  const nvme: FakeDrive = {
    place: 'pci0000:00/0000:01:00.0/nvme/nvme0',
    number: '259:0',
    sectors: 1_000_215_216,
    attributes: { wwid: 'eui.0025385b21404321' },
    hardware: { serial: 'S5GXNF0R  ', model: 'Samsung SSD 980', transport: 'pcie' },
  };
  await tree.drive('nvme0n1', nvme);
  await tree.drive('nvme1n1', {
    ...nvme,
    place: 'virtual/nvme-fabrics/ctl/nvme1',
    hardware: { ...nvme.hardware, transport: 'tcp' },
  });
  const drives = await tree.list();
  expect(drives.get('sda')).toMatchObject({ bus: 'sata', serial: 'S6PNNX01', offered: true });
  expect(drives.get('sda')?.parts.map(({ name }) => name)).toEqual(['sda1', 'sda2', 'sda10']);
  expect(drives.get('nvme0n1')).toMatchObject({ bus: 'nvme', serial: 'S5GXNF0R', offered: true });
  expect(drives.get('nvme0n1')?.identity).toContain('wwid=eui.0025385b21404321');
  expect(drives.get('nvme1n1')?.reasons).toEqual([expect.stringContaining('network')]);
});

test('the system below an opened LUKS and LVM is the drive at the bottom, and mapped devices are no drives', async () => {
  await tree.drive('sda', disk);
  await tree.drive('dm-0', {
    ...softwareDevice('254:0'),
    attributes: { 'dm/uuid': 'CRYPT-LUKS2-x-y', diskseq: '' },
  });
  await tree.drive('dm-1', { ...softwareDevice('254:1'), attributes: { 'dm/uuid': 'LVM-abc', diskseq: '' } });
  await tree.builtOn('dm-0', 'sda2');
  await tree.builtOn('dm-1', 'dm-0');
  await tree.mounts('254:1 / / rw - ext4 /dev/mapper/vg-root rw');
  await tree.swaps('/dev/dm-1');
  const drives = await tree.list();
  expect([...drives.keys()]).toEqual(['sda']);
  expect(drives.get('sda')?.reasons).toEqual([
    'This system runs from it (/).',
    'This system swaps onto it (/dev/dm-1).',
    'It is in use as part of the opened encrypted volume dm-0, the LVM volume dm-1.',
  ]);
});

test('every member of an array that carries the lab is refused, mounted or not', async () => {
  await tree.drive('sda', disk);
  await tree.drive('sdb', stick);
  await tree.drive('md0', softwareDevice('9:0'));
  await tree.builtOn('md0', 'sda2');
  await tree.builtOn('md0', 'sdb');
  await tree.mounts('9:0 / /media/ana/labs rw - ext4 /dev/md0 rw');
  const drives = await tree.list(['/media/ana/labs/mine/not yet there']);
  for (const name of ['sda', 'sdb']) {
    expect(drives.get(name)?.reasons).toEqual([
      'It carries what Sifaka works with: /media/ana/labs/mine/not yet there.',
      'It is in use as part of the RAID array md0.',
    ]);
  }
});

test('btrfs has no device number: its drives are found by name, all of them', async () => {
  await tree.drive('sda', disk);
  await tree.drive('sdb', stick);
  // The source of a mount is a path of this machine: what stands for it here is a real one.
  await tree.write('sys/fs/btrfs/6d9e/devices/sda2', '');
  await tree.write('sys/fs/btrfs/6d9e/devices/sdb1', '');
  const drives = await tree.list();
  for (const name of ['sda', 'sdb'])
    expect(drives.get(name)?.reasons).toEqual([expect.stringContaining('a btrfs over several drives')]);
});

test('a live system: root on an overlay, over a loop device, over a file of the stick', async () => {
  await tree.drive('sdb', stick);
  await tree.drive('loop0', {
    number: '7:0',
    sectors: 2_000_000,
    attributes: { ro: '1', 'loop/backing_file': '/run/live/medium/live/filesystem.squashfs' },
  });
  await tree.mounts(
    '8:17 / /run/live/medium ro - vfat /dev/sdb1 ro',
    '7:0 / /run/live/rootfs ro - squashfs /dev/loop0 ro',
    '0:30 / / rw - overlay overlay rw,lowerdir=/run/live/rootfs/,upperdir=/run/live/overlay/rw',
  );
  const drives = await tree.list(['/home/ana/lab']);
  expect([...drives.keys()]).toEqual(['sdb']);
  expect(drives.get('sdb')?.reasons).toEqual([
    'It carries what Sifaka works with: /home/ana/lab.',
    'It is in use by this machine at /run/live/medium: unmount it yourself first.',
    'It is in use through /dev/loop0: detach that first.',
  ]);
});

test('a swap file is on the drive of the file system it is in', async () => {
  await tree.drive('sdb', stick);
  await tree.mounts('8:18 / /media/ana/My\\040Card rw - ext4 /dev/sdb2 rw');
  await tree.swaps('/media/ana/My\\040Card/swapfile');
  expect((await tree.list()).get('sdb')?.reasons).toEqual([
    'This system swaps onto it (/media/ana/My Card/swapfile).',
  ]);
});

test.each(['LVM2_member', 'linux_raid_member', 'zfs_member', 'ceph_bluestore', 'bcache'])(
  '%s on a partition is a piece of something larger',
  async (member) => {
    await tree.drive('sdb', { ...stick, fileSystems: { sdb1: 'vfat', sdb2: member } });
    const drive = (await tree.list()).get('sdb');
    expect(drive?.reasons).toEqual([
      expect.stringMatching(/^It is a piece of something larger: sdb2 belongs/),
    ]);
  },
);

test('a locked LUKS volume is offered and said to be one', async () => {
  await tree.drive('sdb', { ...stick, fileSystems: { sdb1: 'vfat', sdb2: 'crypto_LUKS' } });
  expect((await tree.list()).get('sdb')).toMatchObject({
    offered: true,
    contents: 'GPT with 2 partitions; FAT 268 MB; LUKS (encrypted) 31.6 GB locked',
  });
});

test('an empty reader slot, a lock switch, and a drive that tells nothing of itself', async () => {
  const empty = { ...stick, sectors: 0, partitions: {}, fileSystems: {} };
  await tree.drive('sdb', empty);
  await tree.drive('sdc', {
    ...empty,
    place: `${usbPort}/1-2:1.0/host6/target6:0:0/6:0:0:1`,
    sectors: 2048,
    attributes: { removable: '1', ro: '1' },
  });
  await tree.drive('vdb', {
    place: 'pci0000:00/virtio1',
    number: '254:16',
    sectors: 2048,
    attributes: { diskseq: '' },
  });
  await tree.drive('vdc', {
    place: 'pci0000:00/virtio2',
    number: '254:32',
    sectors: 0,
    attributes: { size: 'x' },
  });
  const drives = await tree.list();
  expect(drives.get('sdb')).toMatchObject({
    contents: 'no card in it',
    reasons: ['There is no card in it.'],
  });
  expect(drives.get('sdc')?.reasons).toEqual([expect.stringContaining('read-only')]);
  expect(drives.get('vdb')?.reasons).toEqual([expect.stringContaining('nothing to tell it by')]);
  expect(drives.get('vdc')?.reasons).toContain('The system does not tell what it is.');
});

test('RAM disks, optical drives, single paths, snaps and unused loop devices are no drives', async () => {
  await tree.drive('zram0', softwareDevice('253:0'));
  await tree.drive('sr0', { place: 'pci0000:00/ata2/host1/1:0:0:0', number: '11:0', sectors: 2048 });
  await tree.drive('loop0', { number: '7:0', sectors: 0 });
  await tree.drive('nvme0c0n1', {
    place: 'pci0000:00/nvme/nvme0',
    number: '',
    sectors: 2048,
    attributes: { hidden: '1' },
  });
  await tree.drive('loop1', {
    number: '7:1',
    sectors: 2048,
    attributes: { ro: '1', 'loop/backing_file': '/var/lib/snapd/snaps/core.snap' },
  });
  expect([...(await tree.list()).keys()]).toEqual([]);
});

test('what a drive calls itself is shown without tricks', async () => {
  await tree.drive('sdb', {
    ...stick,
    hardware: { vendor: 'Evil\u001b[31m', model: `\u202eartlU${'x'.repeat(300)}` },
  });
  const drive = (await tree.list()).get('sdb');
  expect(drive?.model).toMatch(/^Evil \[31m artlUx+…$/);
  expect(drive?.model.length).toBe(64);
});

test('identity: another card, another size or another serial number is another drive', async () => {
  const identities = new Set<string | undefined>();
  const variants: FakeDrive[] = [
    stick,
    { ...stick, attributes: { ...stick.attributes, diskseq: '8' } },
    { ...stick, sectors: stick.sectors + 1 },
    { ...stick, hardware: { ...stick.hardware, '../../../../serial': 'A&size=1' } },
    { ...stick, place: 'pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/6:0:0:0' },
  ];
  for (const variant of variants) {
    const own = await SysfsTree.make();
    try {
      await own.drive('sdb', variant);
      identities.add((await own.list()).get('sdb')?.identity);
    } finally {
      await own.remove();
    }
  }
  expect(identities.size).toBe(variants.length);
  expect([...identities][3]).toContain('serial=A%26size%3D1&');
});

test('without /sys or /proc nothing is listed, and it is said', async () => {
  await tree.drive('sdb', stick);
  const gone = new SysfsTree(`${tree.root}/nowhere`);
  await expect(gone.list()).rejects.toMatchObject({ code: 'DRIVE_FAILED' });
});

test('what a watcher asks at every tick is another whenever the list may be', async () => {
  await tree.drive('sdb', stick);
  const roots = { sysRoot: `${tree.root}/sys`, procRoot: `${tree.root}/proc` };
  const seen = new Set([await linuxFingerprint(roots)]);
  expect(seen).toContain(await linuxFingerprint(roots));
  const changes = [
    () => tree.mounts('8:17 / /media/ana/x rw - vfat /dev/sdb1 rw'),
    () => tree.swaps('/dev/sdb2'),
    () => tree.write('sys/block/sdb/diskseq', '8\n'),
    () => tree.write('sys/block/sdb/size', '0\n'),
    () => tree.write('sys/block/sdb/ro', '1\n'),
    () => tree.write('sys/block/sdb/sdb3/partition', '3\n'),
    () => tree.write('sys/block/sdb/holders/dm-0', ''),
    () => tree.drive('loop0', softwareDevice('7:0')),
    () => tree.write('sys/block/loop0/loop/backing_file', '/tmp/card.img\n'),
  ];
  for (const change of changes) {
    await change();
    seen.add(await linuxFingerprint(roots));
  }
  expect(seen.size).toBe(1 + changes.length);
});
