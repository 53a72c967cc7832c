import { expect, test } from 'vitest';
import { drivesText } from '../../../electron/cli/text/drive-text.ts';
import type { Drive } from '../../../shared/schemas/drive.ts';

const stick: Drive = {
  path: '/dev/sdb',
  kind: 'usb',
  label: 'SanDisk Ultra 31.9 GB · 4C530001',
  model: 'SanDisk Ultra',
  size: 31_914_983_424,
  bus: 'usb',
  serial: '4C530001',
  removable: true,
  readOnly: false,
  parts: [],
  contents: 'GPT with 2 partitions; FAT “bootfs” 268 MB',
  identity: 'x',
  offered: true,
  reasons: [],
  canDiscard: false,
};
const refused: Drive = {
  ...stick,
  path: '/dev/sda',
  model: 'Samsung SSD 870',
  size: 500_000_000_000,
  bus: 'sata',
  offered: false,
  reasons: ['This system runs from it (/).', 'It is in use as part of the LVM volume dm-1.'],
};
const virtual = {
  kind: 'virtual-drive',
  path: '/data/virtual-drives/sd.img',
  label: 'virtual drive sd',
  size: 128_000_000,
  identity: 'x',
  contents: 'empty',
} as const;

test('what can be written onto first, then what is not offered and why', () => {
  expect(drivesText([refused, stick], [virtual])).toBe(
    `DRIVE          SIZE  BUS   MODEL          SERIAL    HOLDS
/dev/sdb    31.9 GB  usb   SanDisk Ultra  4C530001  GPT with 2 partitions; FAT “bootfs” 268 MB
virtual:sd   128 MB  file  virtual drive  -         empty

Not offered:
  /dev/sda  Samsung SSD 870, 500 GB, sata
    This system runs from it (/).
    It is in use as part of the LVM volume dm-1.`,
  );
});

test('nothing to write onto: what to do', () => {
  const text = drivesText([refused], []);
  expect(text).toMatch(/^No drive is there that a card can be written onto\.\nPlug one in/);
  expect(text).toContain('sifaka drives --watch');
  expect(text).toContain('Not offered:\n  /dev/sda');
  expect(drivesText([], [])).not.toContain('Not offered');
});

test('no escape of a drive reaches the terminal', () => {
  const evil = '\u001b]0;x\u0007\u202e';
  const drives = [stick, refused].map((drive) =>
    Object.assign({}, drive, { model: evil, serial: evil, contents: evil, bus: evil, reasons: [evil] }),
  );
  expect(drivesText(drives, [])).not.toMatch(/[\u001b\u0007\u202e]/);
});
