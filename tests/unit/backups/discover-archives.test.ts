import { describe, expect, it } from 'vitest';
import { namedArchive } from '../../../electron/services/backups/discover/archive-names.ts';
import { clockSkew } from '../../../electron/services/backups/discover/node-clock.ts';
import { routeIn } from '../../../electron/services/backups/discover/node-routes.ts';
import {
  archivesInContent,
  archivesInFolder,
} from '../../../electron/services/backups/discover/storage-archives.ts';
import { zonedTime } from '../../../shared/zoned-time.ts';

const volid = (id: number) => `nas:backup/vm/${id}/2026-11-20T14:00:00Z`;

const dump = (vmid: number) => `vzdump-qemu-${vmid}-2026_07_20-14_00_00`;

describe('archives', () => {
  const listing = { storage: 'nas', nodeTime: 1_795_000_000, zone: zonedTime('Europe/Berlin') };

  it.each([
    ['vzdump-qemu-100-2026_11_20-14_00_00.vma.zst', 'qemu', 100, true],
    ['vzdump-lxc-101-2026_11_20-14_00_00.tar.gz', 'lxc', 101, true],
    ['vzdump-lxc-101-2026_11_20-14_00_00.tgz', 'lxc', 101, true],
    ['vzdump-qemu-100-2026_11_20-14_00_00.vma', 'qemu', 100, true],
    ['sifaka-export-qemu-100-2026_11_20-14_00_00', 'qemu', 100, true],
    ['vzdump-openvz-101-2012_11_20-14_00_00.tar', 'lxc', 101, false],
    ['vzdump-qemu-100-before-upgrade.vma.zst', 'qemu', undefined, false],
    ['vzdump-qemu-100-2026_13_20-14_00_00.vma.zst', 'qemu', 100, false],
    ['vzdump-qemu-100-2026_11_20-14_00_00.vma.zst.old', 'qemu', 100, false],
    ['vzdump-qemu-1-2026_11_20-14_00_00.vma.zst', 'qemu', undefined, false],
    ['golden.vma.zst', undefined, undefined, false],
  ])('by the name %s', (name, type, vmid, standard) => {
    const found = namedArchive(name);
    expect([found.type, found.vmid, found.standard]).toEqual([type, vmid, standard]);
  });

  it('of a storage, with notes on one line, protection, and the time of their names where no other is said', () => {
    const name = 'vzdump-qemu-100-2026_11_20-14_00_00.vma.zst';
    const rows = [
      {
        volid: `nas:backup/${name}`,
        ctime: 1_795_200_000,
        size: '12',
        format: 'vma.zst',
        vmid: 100,
        subtype: 'qemu',
        notes: 'a\nb\u001b[2J',
        protected: 1,
      },
      { volid: 'nas:backup/vzdump-lxc-101-2026_07_20-14_00_00.tar.zst', size: 5, format: 'tar.zst' },
      { volid: 'nas:backup/golden.vma.zst', ctime: 5, size: 1, format: 'vma.zst', vmid: 200 },
      { volid: 'nas:backup/nameless.tar', size: 1 },
      { volid: `other:backup/${name}`, ctime: 5, size: 1 },
      { volid: 'nas:iso/debian.iso', ctime: 5, size: 1 },
      { volid: 'nas:backup/a\u001b[2J', ctime: 5, size: 1 },
      { volid: 'nas:backup/..', ctime: 5, size: 1 },
    ];
    const found = archivesInContent(JSON.stringify(rows), listing);
    expect(found?.unread).toBe(5);
    expect(found?.rows).toEqual([
      {
        name,
        volid: `nas:backup/${name}`,
        method: 'vzdump',
        type: 'qemu',
        vmid: 100,
        ctime: 1_795_200_000,
        sizeBytes: 12,
        format: 'vma.zst',
        notes: 'a b [2J',
        protected: true,
        standardName: true,
        partial: false,
        fromTheFuture: true,
      },
      // 14:00 in Berlin is 12:00 by UTC in summer.
      {
        name: 'vzdump-lxc-101-2026_07_20-14_00_00.tar.zst',
        volid: 'nas:backup/vzdump-lxc-101-2026_07_20-14_00_00.tar.zst',
        method: 'vzdump',
        type: 'lxc',
        vmid: 101,
        ctime: Date.UTC(2026, 6, 20, 12) / 1000,
        sizeBytes: 5,
        format: 'tar.zst',
        protected: false,
        standardName: true,
        partial: false,
        fromTheFuture: false,
      },
      {
        name: 'golden.vma.zst',
        volid: 'nas:backup/golden.vma.zst',
        method: 'vzdump',
        type: 'qemu',
        vmid: 200,
        ctime: 5,
        sizeBytes: 1,
        format: 'vma.zst',
        protected: false,
        standardName: false,
        partial: false,
        fromTheFuture: false,
      },
    ]);
    expect(archivesInContent('no list', listing)).toBeUndefined();
  });

  it('of a backup server have names that are their own', () => {
    const rows = [100, 101].map((vmid) => ({
      volid: volid(vmid),
      ctime: 5,
      size: 1,
      format: 'pbs-vm',
      vmid,
      subtype: 'qemu',
    }));
    expect(archivesInContent(JSON.stringify(rows), listing)?.rows).toMatchObject([
      { name: 'vm-100-2026-11-20T14:00:00Z', volid: volid(100), type: 'qemu', vmid: 100, standardName: true },
      { name: 'vm-101-2026-11-20T14:00:00Z', vmid: 101 },
    ]);
  });

  it('that were left half made, and exports with all their files', () => {
    const time = listing.nodeTime - 60;
    const made = 'sifaka-export-qemu-100-2026_07_20-14_00_00';
    const text = [
      `f 100 ${time}.5 ${dump(100)}.vma.dat`,
      `f 100 ${time} ${dump(101)}.vma.dat`,
      `f 100 ${time - 3600} ${dump(102)}.vma.dat`,
      `d 4096 ${time} vzdump-lxc-103-2026_07_20-14_00_00.tmp`,
      `f 9 ${time} vzdump-lxc-103-2026_07_20-14_00_00.tmp/a.tmp`,
      `d 4096 ${time} ${made}`,
      `f 7 ${time} ${made}/disk-scsi0.raw.zst`,
      `f 3 ${time} ${made}/SHA256SUMS`,
      `d 4096 ${time} .sifaka-export-qemu-104-2026_07_20-14_00_00.partial`,
      `f 1 ${time} sifaka-export-no-folder`,
      `f 1 ${time} with\u001b[2J.tmp`,
      'noise',
      '',
    ].join('\0');
    const found = archivesInFolder(text, listing, new Set([101, 102]));
    expect(
      found.map(({ name, method, vmid, partial, sizeBytes, standardName }) => [
        name,
        method,
        vmid,
        partial,
        sizeBytes,
        standardName,
      ]),
    ).toEqual([
      [`${dump(100)}.vma.dat`, 'vzdump', 100, true, 100, false],
      // 101 is being backed up right now; 102 is, too, and this is older.
      [`${dump(102)}.vma.dat`, 'vzdump', 102, true, 100, false],
      ['vzdump-lxc-103-2026_07_20-14_00_00.tmp', 'vzdump', 103, true, 4096, false],
      [made, 'export', 100, false, 10, true],
      ['.sifaka-export-qemu-104-2026_07_20-14_00_00.partial', 'export', 104, true, 0, false],
    ]);
  });
});

describe('a clock', () => {
  it.each([
    ['is right when all fits between question and answer', 100_000, 103_000, 100, 102, 0],
    ['is right although the seconds were just over', 100_900, 101_100, 100, 101, 0],
    ['is right on a way that took a minute', 100_000, 160_000, 101, 102, 0],
    ['is ahead', 100_000, 101_000, 400, 400, 299],
    ['is behind', 100_000, 101_000, 10, 10, -89],
  ])('%s', (_what, asked, answered, began, ended, expected) => {
    expect(clockSkew(asked, answered, { began, ended })).toBe(expected);
  });
});

describe('a way', () => {
  const node = {
    wan: { interface: 'vmbr0', address: '192.168.22.71/24' },
    thunderbridge: { bridge: 'thunderbridge', address: '10.99.0.1/24', ports: [] },
  };
  const route = (address: string, dev: string, prefsrc?: string) =>
    routeIn(
      `${address}\n${JSON.stringify([{ dst: address, dev, ...(prefsrc && { prefsrc }), flags: [] }])}\n`,
      node,
    );

  it('is by the network that the cluster file names', () => {
    expect(route('192.168.22.5', 'vmbr0', '192.168.22.71')).toEqual({
      address: '192.168.22.5',
      interface: 'vmbr0',
      source: '192.168.22.71',
      network: 'wan',
    });
    expect(route('10.99.0.10', 'thunderbridge', '10.99.0.1')?.network).toBe('thunderbridge');
    expect(route('10.99.0.10', 'renamed', '10.99.0.1')?.network).toBe('thunderbridge');
    expect(route('10.0.0.1', 'vmbr7', '10.0.0.9')?.network).toBe('other');
  });

  it('is none where nothing leads there, and never more than a line', () => {
    expect(routeIn('192.168.22.5\n', node)).toBeUndefined();
    expect(routeIn('', node)).toBeUndefined();
    expect(route('10.0.0.1', 'eth\u001b[2J0', '\u001b[2J')).toEqual({
      address: '10.0.0.1',
      interface: 'eth [2J0',
      network: 'other',
    });
  });
});
