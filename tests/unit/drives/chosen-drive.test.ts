import { describe, expect, it } from 'vitest';
import { chosenDrive } from '../../../electron/services/drives/chosen-drive.ts';
import type { Drive } from '../../../shared/schemas/drive.ts';

const card: Drive = {
  path: '/dev/sdb',
  kind: 'usb',
  label: 'SanDisk Ultra 31.9 GB · 4C53',
  model: 'SanDisk Ultra',
  size: 31_914_983_424,
  bus: 'usb',
  serial: '4C530001',
  removable: true,
  readOnly: false,
  parts: [],
  contents: 'a partition table (MBR)',
  identity: 'bus=usb&size=31914983424&serial=4C530001&diskseq=7',
  offered: true,
  reasons: [],
  canDiscard: false,
};
const system: Drive = {
  ...card,
  path: '/dev/sda',
  identity: 'other',
  offered: false,
  reasons: ['This system runs from it (/).'],
};
const drives = { list: () => Promise.resolve([system, card]) };
const choose = (path: string, freeSpace?: 'keep' | 'discard' | 'overwrite') =>
  chosenDrive(drives, { kind: 'drive', path, ...(freeSpace === undefined ? {} : { freeSpace }) });

describe('the drive of a request', () => {
  it('is bound to what tells it from another', async () => {
    expect(await choose('/dev/sdb', 'overwrite')).toEqual({
      kind: 'drive',
      path: card.path,
      label: card.label,
      size: card.size,
      identity: card.identity,
      contents: card.contents,
    });
  });

  it.each([
    ['that is not there', '/dev/sdc', 'TARGET_MISSING'],
    ['that is a partition', '/dev/sdb1', 'TARGET_MISSING'],
    ['under another name of its path', '/dev/./sdb', 'TARGET_MISSING'],
    ['that is not offered', '/dev/sda', 'DRIVE_NOT_OFFERED'],
  ])('is refused when it is one %s', async (_, path, code) => {
    await expect(choose(path)).rejects.toMatchObject({ code });
  });

  it('is refused with the reason it is not offered', async () => {
    await expect(choose('/dev/sda')).rejects.toMatchObject({
      data: { what: expect.stringContaining('This system runs from it (/).') },
    });
  });

  it('is not asked to discard what it cannot', async () => {
    await expect(choose('/dev/sdb', 'discard')).rejects.toMatchObject({ code: 'TARGET_UNSUPPORTED' });
  });
});
