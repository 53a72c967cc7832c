import { expect, test } from 'vitest';
import { createDrives } from '../../../electron/services/drives/create-drives.ts';
import type { WindowsOpinion } from '../../../electron/services/drives/survey/windows-drives.ts';
import type { Drive } from '../../../shared/schemas/drive.ts';

const dynamic = '{af9b60a0-1431-4f62-bc68-3311714a69ad}';
const basic = '{ebd0a0a2-b9e5-4433-87c0-68b6b72699c7}';
const volume = (name: string) => `\\\\?\\Volume{${name}}\\`;

function disk(number: number, more: object = {}): object {
  return {
    Number: number,
    FriendlyName: `Disk ${number}`,
    SerialNumber: `  SN${number}`,
    UniqueId: `5000C500A1B2C3D${number}`,
    Size: 31_914_983_424,
    BusType: 'USB',
    PartitionStyle: 'MBR',
    LogicalSectorSize: 512,
    IsBoot: false,
    IsSystem: false,
    IsOffline: false,
    IsReadOnly: false,
    IsClustered: false,
    ...more,
  };
}

function partition(number: number, more: object = {}): object {
  return {
    DiskNumber: number,
    PartitionNumber: 1,
    Size: 268_435_456,
    GptType: null,
    MbrType: 12,
    IsBoot: false,
    IsSystem: false,
    AccessPaths: [],
    ...more,
  };
}

/**
 * The properties of MSFT_Disk, MSFT_Partition and MSFT_Volume with the values their pages give
 * (learn.microsoft.com/windows-hardware/drivers/storage), in the form in which ConvertTo-Json prints Select-Object's.
 */
const system = {
  disks: [
    disk(0, {
      FriendlyName: 'Samsung SSD 980',
      BusType: 'NVMe',
      PartitionStyle: 'GPT',
      IsBoot: true,
      IsSystem: true,
    }),
  ],
  partitions: [partition(0, { IsBoot: true, GptType: basic, AccessPaths: ['C:\\', volume('c')] })],
  volumes: [{ Path: volume('c'), FileSystem: 'NTFS', FileSystemLabel: 'Windows' }],
  pageFiles: ['C:\\pagefile.sys'],
};

async function list(
  output: object,
  {
    protectedPaths = [],
    drivelist = new Map(),
  }: { protectedPaths?: string[]; drivelist?: ReadonlyMap<string, WindowsOpinion> } = {},
): Promise<Drive[]> {
  const windows = {
    getDisk: () => Promise.resolve(`\ufeff${JSON.stringify(output)}\r\n`),
    drivelist: () => Promise.resolve(drivelist),
  };
  return createDrives({ protectedPaths, platform: 'win32', windows }).list();
}

/** One disk beside the system's. */
async function one(diskMore: object, partitionMore?: object, options?: Parameters<typeof list>[1]) {
  const drives = await list(
    {
      ...system,
      disks: [disk(1, diskMore), ...system.disks],
      partitions: [...system.partitions, ...(partitionMore ? [partition(1, partitionMore)] : [])],
    },
    options,
  );
  return drives.find(({ path }) => path === '\\\\.\\PhysicalDrive1');
}

test('a stick with a letter is offered, the disk of the system never', async () => {
  const drives = await list({
    disks: [disk(1, { FriendlyName: 'SanDisk Ultra' }), ...system.disks],
    partitions: [...system.partitions, partition(1, { AccessPaths: ['E:\\', volume('e')] })],
    volumes: [...system.volumes, { Path: volume('e'), FileSystem: 'FAT32', FileSystemLabel: 'bootfs' }],
    pageFiles: system.pageFiles,
  });
  expect(drives.map(({ path }) => path)).toEqual(['\\\\.\\PhysicalDrive0', '\\\\.\\PhysicalDrive1']);
  expect(drives[0]?.reasons).toEqual([
    'This system runs from it.',
    'This system swaps onto it (C:\\pagefile.sys).',
  ]);
  expect(drives[1]).toEqual({
    path: '\\\\.\\PhysicalDrive1',
    kind: 'usb',
    label: 'SanDisk Ultra 31.9 GB · SN1',
    model: 'SanDisk Ultra',
    size: 31_914_983_424,
    bus: 'usb',
    serial: 'SN1',
    removable: true,
    readOnly: false,
    parts: [
      {
        name: 'partition 1',
        size: 268_435_456,
        fileSystem: 'FAT32',
        label: 'bootfs',
        mountpoints: ['E:\\'],
      },
    ],
    contents: 'MBR with 1 partition; FAT32 “bootfs” 268 MB mounted at E:\\',
    identity: 'bus=USB&size=31914983424&serial=SN1&id=5000C500A1B2C3D1',
    offered: true,
    reasons: [],
    canDiscard: false,
  });
});

test.each<[what: string, disk: object, partition: object | undefined, reason: string]>([
  ['the disk it starts from', { IsSystem: true }, undefined, 'This system runs from it'],
  ['a partition it starts from', {}, { IsSystem: true }, 'This system runs from it'],
  ['no size', { Size: null }, undefined, 'does not tell'],
  ['an empty reader', { Size: 0 }, undefined, 'no card in it'],
  ['a volume of Storage Spaces', { BusType: 'Spaces' }, undefined, 'Storage Spaces'],
  ['a mounted VHD', { BusType: 'File Backed Virtual' }, undefined, 'a file that is mounted'],
  ['iSCSI', { BusType: 'iSCSI' }, undefined, 'over a network'],
  ['a RAID controller', { BusType: 'RAID' }, undefined, 'RAID'],
  [
    'a built-in disk with a letter',
    { BusType: 'SATA' },
    { AccessPaths: ['D:\\'] },
    'in use by this machine at D:\\',
  ],
  ['a dynamic disk', {}, { GptType: dynamic.toUpperCase() }, 'a dynamic disk'],
  ['a dynamic disk with an MBR', {}, { MbrType: 0x42 }, 'a dynamic disk'],
  ['a cluster', { IsClustered: true }, undefined, 'cluster'],
  ['offline', { IsOffline: true }, undefined, 'offline'],
  ['read-only', { IsReadOnly: true }, undefined, 'read-only'],
  ['large sectors', { LogicalSectorSize: 8192 }, undefined, 'blocks have 8192 bytes'],
  ['nothing to tell it by', { SerialNumber: ' ', UniqueId: null }, undefined, 'nothing to tell it by'],
])('%s keeps a disk from being offered', async (_what, diskMore, partitionMore, reason) => {
  const drive = await one(diskMore, partitionMore);
  expect(drive?.offered).toBe(false);
  expect(drive?.reasons).toEqual([expect.stringContaining(reason)]);
});

test('a disk with the lab is found by its letter or by a folder it is mounted in, whatever the case', async () => {
  const kept = { protectedPaths: ['e:\\Labs\\Mine', 'C:\\mnt\\card\\lab'] };
  expect((await one({}, { AccessPaths: ['E:\\'] }, kept))?.reasons).toEqual([
    'It carries what Sifaka works with: e:\\Labs\\Mine.',
  ]);
  expect((await one({}, { AccessPaths: ['C:\\mnt\\card\\'] }, kept))?.reasons).toEqual([
    'It carries what Sifaka works with: C:\\mnt\\card\\lab.',
  ]);
  expect((await one({}, { AccessPaths: ['F:\\'] }, kept))?.reasons).toEqual([]);
});

test('what drivelist says may not contradict it', async () => {
  const path = '\\\\.\\PhysicalDrive1';
  const same = { size: 31_914_983_424, readOnly: false, mountpoints: [], isSystem: false };
  const asked = (opinion: WindowsOpinion) => one({}, undefined, { drivelist: new Map([[path, opinion]]) });
  expect((await asked(same))?.offered).toBe(true);
  for (const other of [{ size: 1 }, { readOnly: true }, { isSystem: true }])
    expect((await asked({ ...same, ...other }))?.reasons).toEqual([expect.stringContaining('disagree')]);
});

test('Windows PowerShell prints an array of one in an object as the thing itself, and an empty one as null', async () => {
  const drives = await list({ disks: disk(1), partitions: null, volumes: null, pageFiles: null });
  expect(drives).toHaveLength(1);
  expect(drives[0]?.offered).toBe(true);
});

test('macOS: there is no way to tell the drives apart yet, so none is listed', async () => {
  expect(await createDrives({ protectedPaths: [], platform: 'darwin' }).list()).toEqual([]);
});
