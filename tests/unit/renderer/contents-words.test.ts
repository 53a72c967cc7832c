import { i18n } from '@lingui/core';
import { afterEach, describe, expect, it } from 'vitest';
import { describeHead } from '../../../electron/services/drives/contents.ts';
import { contentsInWords } from '../../../electron/services/drives/survey/drive-contents.ts';
import { contentsWords } from '../../../renderer/wizards/cards/contents-words.ts';
import type { DrivePart } from '../../../shared/schemas/drive.ts';

/** Spaces that do not break are the page's own. */
const plain = (text: string | undefined) => text?.replace(/[\u00a0\u202f]/g, ' ');

function drive(change: Partial<Parameters<typeof contentsInWords>[0]> = {}): string {
  const card = { size: 32e9, removable: true, builtIn: false, partitions: 0, looked: true };
  return contentsInWords({ ...card, partitionTable: undefined, parts: [], ...change });
}

function part(change: Partial<DrivePart>): DrivePart {
  return { name: 'sdb1', size: 268_435_456, mountpoints: [], ...change };
}

const head = Buffer.alloc(2048);
const mbr = Buffer.from(head);
mbr.writeUInt16LE(0xaa55, 510);
mbr.writeUInt8(0x83, 450);
const fat = Buffer.from(mbr);
fat.write('FAT', 54, 'latin1');
const ext = Buffer.from(head);
ext.writeUInt16LE(0xef53, 1024 + 56);
const damaged = Buffer.from(mbr);
damaged.writeUInt8(0xee, 450);

const parts = [
  part({ fileSystem: 'vfat', label: 'bootfs' }),
  part({ fileSystem: 'ext4', size: 3_221_225_472, mountpoints: ['/srv', '/mnt/a', '/mnt/b'] }),
  part({ fileSystem: 'crypto_LUKS', size: 999 }),
  part({}),
];
const many = Array.from({ length: 8 }, () => part({ fileSystem: 'ext4' }));

const said = [
  ...[head, mbr, fat, ext, damaged, Buffer.from('text')].map((bytes) => describeHead(bytes)),
  drive(),
  drive({ size: undefined }),
  drive({ size: 0 }),
  drive({ size: 0, removable: false }),
  drive({ looked: false }),
  drive({ partitionTable: 'dos' }),
  drive({ partitions: 1 }),
  drive({ partitionTable: 'gpt', partitions: 4, parts, builtIn: true }),
  drive({ partitionTable: 'dos', partitions: 8, parts: many }),
];

describe('what is on a target', () => {
  it.each(said)('is known to the page and stays what it was in English: %s', (contents) => {
    expect(plain(contentsWords(contents))).toBe(contents);
  });

  it('stays as it is when any of it is not known', () => {
    for (const contents of ['a new phrase', 'FAT 268 MB; a new phrase', '', 'constructor']) {
      expect(contentsWords(contents)).toBeUndefined();
    }
  });

  describe('in German', () => {
    afterEach(() => i18n.activate('en'));

    it('has its sizes as they are written there, and its labels as they are on the drive', () => {
      i18n.loadAndActivate({ locale: 'de', messages: {} });
      const contents = drive({
        parts: [part({ fileSystem: 'vfat', label: '1.5 GB; empty', size: 3_221_225_472 })],
      });
      // A label that looks like the list's own separator: nothing is taken apart that is not understood as a whole.
      expect(contentsWords(contents)).toBeUndefined();
      expect(plain(contentsWords('FAT “1.5 GB” 3.22 GB'))).toBe('FAT “1.5 GB” 3,22 GB');
    });
  });
});
