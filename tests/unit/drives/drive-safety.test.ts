import { expect, test } from 'vitest';
import { type DriveFacts, reasonsAgainst } from '../../../electron/services/drives/survey/drive-safety.ts';

const card: DriveFacts = {
  size: 32_000_000_000,
  removable: true,
  readOnly: false,
  overNetwork: false,
  distinguishable: true,
  blockSize: 512,
  mountpoints: [],
  swaps: [],
  carries: [],
  heldBy: [],
  loops: [],
  signatures: [],
  backing: undefined,
  disagreements: [],
};
const file = {
  file: '/home/ana/card.img',
  deleted: false,
  isDevice: false,
  isKept: false,
  alsoAttachedAs: [],
};
const holding = (fileSystem: string): Partial<DriveFacts> => ({
  signatures: [{ name: 'sdb1', fileSystem }],
});

test.each<[what: string, Partial<DriveFacts>]>([
  ['a card with nothing on it', {}],
  ['one that a desktop mounted', { mountpoints: ['/media/ana/boot', '/run/media/ana/root'] }],
  ['one with an old system', { signatures: [{ name: 'sdb1', fileSystem: 'vfat' }] }],
  ['a locked encrypted volume', holding('crypto_LUKS')],
  ['a swap that is not in use', holding('swap')],
  ['a single btrfs', holding('btrfs')],
  ['a disk that is not removable', { removable: false }],
  ['a file that stands for a drive', { backing: file }],
])('%s is offered', (_what, facts) => {
  expect(reasonsAgainst({ ...card, ...facts })).toEqual([]);
});

test.each<[what: string, Partial<DriveFacts>, reason: string]>([
  ['no facts', { size: undefined }, 'does not tell'],
  ['an empty slot', { size: 0 }, 'no card in it'],
  ['a drive without a size', { size: 0, removable: false }, 'no size'],
  ...['/', '/boot', '/boot/efi', '/boot/firmware', '/efi', '/usr', '/var', '/home', '/etc', '/root'].map(
    (place): [string, Partial<DriveFacts>, string] => [
      `mounted at ${place}`,
      { mountpoints: [place] },
      `This system runs from it (${place})`,
    ],
  ),
  ...[
    '/mnt',
    '/srv/data',
    '/media',
    '/mediathek/x',
    '/run/live/medium',
    '/var/lib/longhorn',
    '/home/ana/x',
  ].map((place): [string, Partial<DriveFacts>, string] => [
    `mounted at ${place}`,
    { mountpoints: [place] },
    `in use by this machine at ${place}`,
  ]),
  ['also mounted elsewhere', { mountpoints: ['/media/ana/x', '/mnt'] }, 'at /mnt:'],
  ['swap', { swaps: ['/dev/sdb2'] }, 'swaps onto it (/dev/sdb2)'],
  ['a swap file', { swaps: ['/media/ana/x/swapfile'] }, 'swaps onto it'],
  ['the lab', { carries: ['/home/ana/lab'] }, 'carries what Sifaka works with: /home/ana/lab'],
  ['a holder', { heldBy: ['the LVM volume dm-0'] }, 'as part of the LVM volume dm-0'],
  ['a loop device over it', { loops: ['/dev/loop3'] }, 'in use through /dev/loop3'],
  ['an LVM member', holding('LVM2_member'), 'sdb1 belongs to an LVM volume group'],
  ['an old LVM member', holding('LVM1_member'), 'an LVM volume group'],
  ['a RAID member', holding('linux_raid_member'), 'a RAID array'],
  ['a firmware RAID member', holding('isw_raid_member'), 'a RAID array'],
  ['a ZFS member', holding('zfs_member'), 'a ZFS pool'],
  ['a Ceph store', holding('ceph_bluestore'), 'a Ceph store'],
  ['bcache', holding('bcache'), 'a bcache set'],
  ['multipath', holding('mpath_member'), 'a multipath device'],
  ['a deleted file', { backing: { ...file, deleted: true } }, 'was deleted'],
  ['a loop device over a device', { backing: { ...file, isDevice: true } }, 'choose that drive itself'],
  ['a file of ours', { backing: { ...file, isKept: true } }, 'in a folder Sifaka works with'],
  [
    'a file attached twice',
    { backing: { ...file, alsoAttachedAs: ['/dev/loop9'] } },
    'also attached as /dev/loop9',
  ],
  ['a network', { overNetwork: true }, 'over a network'],
  ['a lock switch', { readOnly: true }, 'read-only'],
  ['blocks larger than a page', { blockSize: 16_384 }, 'Its blocks have 16384 bytes'],
  ['nothing to tell it by', { distinguishable: false }, 'nothing to tell it by'],
  ['two sources', { disagreements: ['lsblk says it has 1 bytes, the kernel 2'] }, 'disagree'],
])('%s keeps a drive from being offered', (_what, facts, reason) => {
  const reasons = reasonsAgainst({ ...card, ...facts });
  expect(reasons).toHaveLength(1);
  expect(reasons[0]).toContain(reason);
});

test('what a drive calls itself cannot write into a reason', () => {
  const [reason] = reasonsAgainst({ ...card, mountpoints: [`/mnt/\u001b[2J\u202eevil${'x'.repeat(500)}`] });
  expect(reason).not.toMatch(/[\u001b\u202e]/);
  expect(reason?.length).toBeLessThan(250);
});
