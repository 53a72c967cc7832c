import { describe, expect, it } from 'vitest';
import {
  chosenDrive,
  driveTarget,
  justInserted,
  lossOf,
} from '../../../renderer/wizards/cards/real-drives.ts';
import { isTarget, requestFor } from '../../../renderer/wizards/cards/target-request.ts';
import type { Drive } from '../../../shared/schemas/drive.ts';

function drive(identity: string, change: Partial<Drive> = {}): Drive {
  return {
    path: '/dev/sdb',
    kind: 'usb',
    label: 'SanDisk Ultra 32 GB · 1b2c',
    model: 'SanDisk Ultra',
    size: 32e9,
    bus: 'usb',
    removable: true,
    readOnly: false,
    parts: [],
    contents: 'empty',
    identity,
    offered: true,
    reasons: [],
    canDiscard: false,
    ...change,
  };
}

const system = drive('system', {
  path: '/dev/sda',
  kind: 'disk',
  removable: false,
  offered: false,
  reasons: ['This system runs from it (/).'],
});
const stick = drive('bus=usb&diskseq=7');

describe('a drive that was chosen', () => {
  const chosen = driveTarget(stick, 'overwrite');

  it('is asked for by its path, with what becomes of its free space', () => {
    expect(chosen.request).toEqual({ kind: 'drive', path: '/dev/sdb', freeSpace: 'overwrite' });
    expect(driveTarget(stick, undefined).request).toEqual({ kind: 'drive', path: '/dev/sdb' });
  });

  it('stays chosen while it is there, whatever is on it by now', () => {
    const written = drive(stick.identity, { contents: 'an MBR with 2 partitions' });
    expect(chosenDrive(chosen, [system, written])).toBe(written);
    expect(lossOf(chosen, [system, written])).toBeUndefined();
  });

  it('is lost when it is gone, when another one has its path, and when it may not be written any more', () => {
    const another = drive('bus=usb&diskseq=8');
    const emptyReader = drive('bus=usb&diskseq=9', {
      size: 0,
      offered: false,
      reasons: ['There is no card in it.'],
    });
    const mounted = drive(stick.identity, { offered: false, reasons: ['It is in use at /srv.'] });
    for (const drives of [[], [system], [another], [emptyReader], [mounted]]) {
      expect(chosenDrive(chosen, drives)).toBeUndefined();
    }
    expect(lossOf(chosen, [system])).toEqual({ how: 'taken-out' });
    expect(lossOf(chosen, [emptyReader])).toEqual({ how: 'taken-out' });
    expect(lossOf(chosen, [another])).toEqual({ how: 'replaced' });
    expect(lossOf(chosen, [mounted])).toEqual({ how: 'refused', reasons: ['It is in use at /srv.'] });
  });

  it('is nothing that other targets are', () => {
    const file = { request: { kind: 'existing-file', path: '/dev/sdb' }, label: 'a file' } as const;
    expect(chosenDrive(file, [stick])).toBeUndefined();
    expect(lossOf(file, [])).toBeUndefined();
  });

  it('is found again from its receipt as a drive', () => {
    const target = { ...stick, kind: 'drive' } as const;
    expect(requestFor(target)).toEqual({ kind: 'drive', path: '/dev/sdb' });
    expect(isTarget({ kind: 'existing-file', path: '/dev/sdb' }, target)).toBe(false);
  });
});

describe('a drive that was just inserted', () => {
  const atOpening = new Set([system.identity, stick.identity]);
  const card = drive('card', { path: '/dev/mmcblk0', kind: 'card' });

  it('is pointed out when it is the only one', () => {
    expect(justInserted([system, stick], atOpening)).toBeUndefined();
    expect(justInserted([system, stick, card], atOpening)).toBe(card);
    const replugged = drive('bus=usb&diskseq=12');
    expect(justInserted([system, replugged], atOpening)).toBe(replugged);
    expect(justInserted([system, stick, card, drive('loop', { kind: 'loop' })], atOpening)).toBeUndefined();
  });

  it('is never one that is not offered, or a disk that is built in', () => {
    expect(justInserted([drive('new', { offered: false })], atOpening)).toBeUndefined();
    expect(justInserted([drive('new', { kind: 'disk', removable: false })], atOpening)).toBeUndefined();
  });
});
