import { expect, test } from 'vitest';
import { parseMountinfo, parseSwaps } from '../../../electron/services/drives/survey/kernel-tables.ts';

// Lines as in proc_pid_mountinfo(5): optional fields before the lone dash, blanks as octal escapes.
test('mountinfo: optional fields, escapes, and a mountpoint that looks like an escape', () => {
  const mounts = parseMountinfo(
    [
      '36 35 98:0 /mnt1 /media/ana/My\\040Card\\011x\\134040 rw,noatime master:1 shared:7 - ext3 /dev/root\\040x rw,errors=continue',
      '27 1 0:45 /@ / rw,relatime - btrfs /dev/nvme0n1p2 rw,subvol=/@',
      '28 1 8:1 / /media/ana/\\303\\244 rw - vfat /dev/sda1 rw',
      '',
    ].join('\n'),
  );
  expect(mounts).toEqual([
    {
      number: '98:0',
      mountpoint: '/media/ana/My Card\tx\\040',
      fileSystem: 'ext3',
      source: '/dev/root x',
      options: 'rw,errors=continue',
    },
    {
      number: '0:45',
      mountpoint: '/',
      fileSystem: 'btrfs',
      source: '/dev/nvme0n1p2',
      options: 'rw,subvol=/@',
    },
    { number: '8:1', mountpoint: '/media/ana/ä', fileSystem: 'vfat', source: '/dev/sda1', options: 'rw' },
  ]);
});

test('swaps: devices and files, escapes, deleted ones', () => {
  const text = [
    'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority',
    '/dev/sda3                               partition\t1048572\t0\t-2',
    '/my\\040swap\\040(deleted)                 file\t\t1048572\t0\t-3',
    '',
  ].join('\n');
  expect(parseSwaps(text)).toEqual(['/dev/sda3', '/my swap']);
  expect(parseSwaps('')).toEqual([]);
});
