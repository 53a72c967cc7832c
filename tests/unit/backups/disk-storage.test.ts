import { expect, test } from 'vitest';
import { refuseStorages } from '../../../electron/services/backups/restore/disk-storage.ts';
import { parseGuestConfig } from '../../../electron/services/backups/restore/guest-config.ts';

const gibibyte = 1024 ** 3;
const row = { type: 'lvmthin', content: 'images,rootdir', shared: false, enabled: true, active: true };
const facts = {
  node: 'baobab',
  storages: [
    { ...row, storage: 'thin', avail: 40 * gibibyte },
    { ...row, storage: 'slow', avail: 8 * gibibyte },
  ],
};
const config = parseGuestConfig('');

/** The code of the problem, with the storage that it names. */
function refusalOf(
  type: 'qemu' | 'lxc',
  disks: [string, string, number?][],
  options: { named?: string; over?: string } = {},
) {
  try {
    refuseStorages({ type, sizeBytes: gibibyte }, facts, {
      named: options.named,
      archived: {
        config,
        disks: disks.map(([key, storage, size]) => ({ key, storage, bytes: size && size * gibibyte })),
      },
      over: options.over === undefined ? undefined : parseGuestConfig(options.over),
    });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

test('room is asked for all disks of a storage at their full size', () => {
  expect(
    refusalOf('qemu', [
      ['scsi0', 'thin', 30],
      ['scsi1', 'slow', 8],
    ]),
  ).toBeUndefined();
  expect(
    refusalOf('qemu', [
      ['scsi0', 'thin', 30],
      ['scsi1', 'thin', 20],
    ]),
  ).toMatch(/thin on baobab has/);
  expect(
    refusalOf('qemu', [
      ['scsi0', 'thin', 30],
      ['scsi1', 'slow', 9],
    ]),
  ).toMatch(/slow on baobab has/);
  expect(
    refusalOf(
      'qemu',
      [
        ['scsi0', 'thin', 30],
        ['scsi1', 'slow', 8],
      ],
      { named: 'slow' },
    ),
  ).toMatch(/slow on baobab/);
  expect(refusalOf('qemu', [['scsi0', 'slow']])).toBeUndefined();
});

test('a virtual machine that goes makes room for what comes, a container does not', () => {
  const disks: [string, string, number][] = [['scsi0', 'thin', 60]];
  expect(refusalOf('qemu', disks, { over: 'scsi0: thin:vm-100-disk-0,size=32G' })).toBeUndefined();
  expect(refusalOf('qemu', disks, { over: 'scsi0: slow:vm-100-disk-0,size=32G' })).toMatch(/thin on baobab/);
  expect(refusalOf('lxc', [['rootfs', 'thin', 60]], { over: 'rootfs: thin:vm-101-disk-0,size=60G' })).toMatch(
    /thin on baobab/,
  );
});
