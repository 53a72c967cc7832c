import { expect, test } from 'vitest';
import { parseDrivelist } from '../../../electron/services/drives/survey/drivelist-drives.ts';
import { type ListedDevice, parseLsblk } from '../../../electron/services/drives/survey/lsblk.ts';
import { parseMountedSpace } from '../../../electron/services/drives/survey/mounted-space.ts';
import {
  disagreementsAbout,
  type DriveView,
} from '../../../electron/services/drives/survey/second-opinions.ts';

const size = 31_914_983_424;
const view: DriveView = {
  path: '/dev/sdb',
  partitions: ['/dev/sdb1', '/dev/sdb2'],
  size,
  readOnly: false,
  mountpoints: [],
  inUse: false,
};
const nothing = { drivelist: undefined, lsblk: new Map(), mountedSpace: [] };

/** What `lsblk --json` prints, of util-linux 2.38 with its flags, or of 2.31 with texts and one mountpoint. */
function lsblkOutput(drive: object, child: object = {}): string {
  const common = { fstype: null, label: null, pttype: 'dos', type: 'disk', vendor: null, model: 'Ultra' };
  return JSON.stringify({
    blockdevices: [
      {
        name: '/dev/sdb',
        kname: '/dev/sdb',
        size,
        ro: false,
        mountpoints: [null],
        ...common,
        ...drive,
        children: [
          {
            name: '/dev/sdb1',
            kname: '/dev/sdb1',
            size: 512,
            ro: false,
            mountpoints: [null],
            ...common,
            ...child,
          },
        ],
      },
    ],
  });
}

function listed(output: string): ReadonlyMap<string, ListedDevice> {
  const devices = parseLsblk(output);
  if (devices === undefined) throw new Error('not the format of lsblk');
  return devices;
}

test('what is not of lsblk is not understood as a machine without drives', () => {
  for (const output of ['', '{}', '{"blockdevices":[{"kname":7}]}', 'lsblk: usage']) {
    expect(parseLsblk(output)).toBeUndefined();
    expect(parseDrivelist(output)).toBeUndefined();
  }
});

test('sources that know nothing of a drive contradict nothing', () => {
  expect(disagreementsAbout(view, nothing)).toEqual([]);
});

test('sources that say the same contradict nothing', () => {
  for (const output of [
    lsblkOutput({}),
    lsblkOutput({ size: String(size), ro: '0', mountpoints: undefined, mountpoint: null }),
  ]) {
    const opinions = {
      ...nothing,
      lsblk: listed(output),
      drivelist: parseDrivelist(output)?.get('/dev/sdb'),
    };
    expect(opinions.drivelist).toBeDefined();
    expect(disagreementsAbout(view, opinions)).toEqual([]);
  }
});

test.each([
  ['another size', lsblkOutput({ size: size - 512 }), `has ${size - 512} bytes`],
  ['a lock', lsblkOutput({ ro: true }), 'read-only'],
  ['a mount', lsblkOutput({}, { mountpoint: '/srv', mountpoints: ['/srv'] }), 'in use at /srv'],
])('%s that only lsblk or drivelist sees is a contradiction', (_what, output, phrase) => {
  const lsblk = disagreementsAbout(view, { ...nothing, lsblk: listed(output) });
  expect(lsblk).toEqual([expect.stringContaining(`lsblk says it `)]);
  expect(lsblk[0]).toContain(phrase);
  const drivelist = disagreementsAbout(view, {
    ...nothing,
    drivelist: parseDrivelist(output)?.get('/dev/sdb'),
  });
  expect(drivelist).toEqual([expect.stringContaining(`drivelist says it `)]);
});

// `df -P -k` (POSIX, df): six columns, sizes in kibibytes.
const df = [
  'Filesystem     1024-blocks     Used Available Capacity Mounted on',
  '/dev/sda2        102626232 49582104  47787860      51% /',
  '/dev/sdb1            16384     1024     15360       7% /media/ana/my card',
  '',
].join('\n');

test('a mount that only node-disk-info sees is a contradiction', () => {
  const mountedSpace = parseMountedSpace(df);
  expect(mountedSpace).toContainEqual({ source: '/dev/sdb1', size: 16_384 * 1024 });
  expect(disagreementsAbout(view, { ...nothing, mountedSpace })).toEqual([
    'node-disk-info says /dev/sdb1 is mounted, the kernel that it is not',
  ]);
  expect(disagreementsAbout({ ...view, inUse: true }, { ...nothing, mountedSpace })).toEqual([]);
});

test('a file system that is larger than its drive is a contradiction', () => {
  const mountedSpace = parseMountedSpace(df.replace('16384', '99999999999'));
  expect(disagreementsAbout({ ...view, inUse: true }, { ...nothing, mountedSpace })).toEqual([
    'node-disk-info says /dev/sdb1 is larger than the drive it is on',
  ]);
});

test("node-disk-info's own way of running a command is left as it was", async () => {
  const { Utils } = await import('node-disk-info/dist/utils/utils.js');
  const before = Object.getOwnPropertyDescriptor(Utils, 'execute')?.value as unknown;
  parseMountedSpace(df);
  expect(Object.getOwnPropertyDescriptor(Utils, 'execute')?.value).toBe(before);
});
