import { describe, expect, it } from 'vitest';
import {
  archiveFolder,
  archivesAmong,
  listedArchive,
} from '../../../electron/services/backups/targets/archive-layout.ts';
import {
  composedEtag,
  partBytes,
  partsAtOnce,
  partsOf,
} from '../../../electron/services/backups/targets/s3/parts.ts';
import { zonedTime } from '../../../shared/zoned-time.ts';

const guest = { pveCluster: 'madagascar', type: 'qemu' as const, vmid: 100 };
const name = 'vzdump-qemu-100-2026_07_20-02_30_04.vma.zst';
const folder = `madagascar/qemu-100/${name}`;

describe('an archive at a target', () => {
  it('has no folder where a part of its way is not a plain name', () => {
    expect(archiveFolder({ ...guest, name })).toBe(folder);
    for (const part of [
      '',
      '.',
      '..',
      '.x',
      '-x',
      'a/b',
      'a\\b',
      'a b',
      'a\nb',
      'é',
      `x.sifaka-part`,
      'x'.repeat(256),
    ]) {
      expect(archiveFolder({ ...guest, name: part })).toBeUndefined();
      expect(archiveFolder({ ...guest, pveCluster: part, name })).toBeUndefined();
    }
  });

  it('is whole with its record alone, however its files are listed', () => {
    const file = { path: `${folder}/${name}`, sizeBytes: 1000, changed: 5 };
    const record = { path: `${folder}/sifaka-backup.json`, sizeBytes: 10, changed: 7 };
    for (const files of [
      [file, record],
      [record, file],
    ])
      expect(archivesAmong(files)).toMatchObject([{ name, whole: true, sizeBytes: 1000, changed: 7 }]);
    expect(archivesAmong([file])).toMatchObject([{ whole: false }]);
    expect(archivesAmong([{ ...record, path: `${folder}/sifaka-backup.json.sifaka-part` }])).toMatchObject([
      { whole: false },
    ]);
  });

  it('is of the time in its name, by the clocks of the policy; a renamed one of that of its files', () => {
    const zone = zonedTime('Europe/Berlin');
    const now = Date.parse('2026-07-20T00:00:00Z');
    const listed = (of: string, at = now) =>
      archivesAmong([{ path: `madagascar/qemu-100/${of}/x`, sizeBytes: 1, changed: 77 }]).map((found) =>
        listedArchive('offsite', undefined, zone, at, found),
      )[0];
    expect(listed(name)).toMatchObject({
      ctime: Date.parse('2026-07-20T00:30:04Z') / 1000,
      standardName: true,
      format: 'vma.zst',
      fromTheFuture: true,
    });
    expect(listed(name, now + 3_600_000)).toMatchObject({ fromTheFuture: false });
    expect(listed('sifaka-export-qemu-100-2026_07_20-02_30_04')).toMatchObject({
      method: 'export',
      standardName: true,
    });
    for (const other of [
      'before-the-upgrade',
      'vzdump-qemu-101-2026_07_20-02_30_04.vma.zst',
      'vzdump-qemu-100-2026_07_20-02_30_04',
    ])
      expect(listed(other)).toMatchObject({ ctime: 77, standardName: false });
  });
});

describe('the parts of an upload', () => {
  it('are as few as a server must take, never too large to hold, and the whole file', () => {
    const gibibyte = 1024 ** 3;
    for (const size of [
      0,
      1,
      16 * 1024 ** 2,
      1024 ** 2 * 16 + 1,
      7 * gibibyte,
      60 * gibibyte,
      4096 * gibibyte,
    ]) {
      const parts = partsOf(size);
      expect(parts.length).toBeLessThanOrEqual(size > 62 * gibibyte ? 10_000 : 1000);
      expect(parts.reduce((sum, { length }) => sum + length, 0)).toBe(size);
      for (const [index, { number, from, length }] of parts.entries()) {
        expect([number, from]).toEqual([index + 1, index * partBytes(size)]);
        if (index < parts.length - 1 && length < 5 * 1024 ** 2) throw new Error('S3 refuses it');
      }
      expect((partsAtOnce(partBytes(size)) + 2) * partBytes(size)).toBeLessThanOrEqual(
        Math.max(256 * 1024 ** 2, 3 * partBytes(size)),
      );
    }
  });

  it('have the ETag that S3 gives them together', () => {
    // Of two parts, 6 MiB of the byte 7 and 1000 of it, as Swift answered.
    const md5s = ['04ad6c8b5160dbbe27070a107c72daf5', 'eb4fc1b20b020225bebfd48686d92517'];
    expect(composedEtag(md5s)).toBe('de77493c03a4c5d2c25f01d1871c3b56-2');
  });
});
