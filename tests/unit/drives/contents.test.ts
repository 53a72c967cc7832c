import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeHead } from '../../../electron/services/drives/contents.ts';

/** Heads that look like something, with lies in the numbers. */
function gptHead(change: (header: Buffer) => void): Buffer {
  const head = Buffer.alloc(2 ** 20);
  head.writeUInt16LE(0xaa55, 510);
  head.writeUInt8(0xee, 450);
  head.write('EFI PART', 512, 'latin1');
  head.writeBigUInt64LE(2n, 512 + 72);
  head.writeUInt32LE(128, 512 + 80);
  head.writeUInt32LE(128, 512 + 84);
  change(head.subarray(512, 1024));
  return head;
}

describe('what is on a card', () => {
  test.each<[string, (header: Buffer) => void]>([
    ['entries of no size', (header) => header.writeUInt32LE(0, 84)],
    ['more entries than there is room', (header) => header.writeUInt32LE(0xffff_ffff, 80)],
    ['entries beyond the end of everything', (header) => header.writeBigUInt64LE(2n ** 64n - 1n, 72)],
  ])('a partition table with %s is named and not believed', (_name, change) => {
    expect(describeHead(gptHead(change))).toBe('a GPT with a table of unusual size');
  });

  test('a protective MBR without what it protects is damaged', () => {
    expect(describeHead(gptHead((header) => header.fill(0)))).toBe(
      'a GPT that is damaged or of another sector size',
    );
  });

  test('no word of what is read comes through, whatever it is', () => {
    const words = /^(empty|unknown data|blank: its first MiB is zero|an? (MBR|GPT|FAT|ext)[A-Za-z0-9 ]*)$/;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4096 }), fc.boolean(), fc.boolean(), (bytes, signed, gpt) => {
        const head = Buffer.from(bytes);
        if (signed && head.length >= 512) head.writeUInt16LE(0xaa55, 510);
        if (gpt && head.length >= 1024) {
          head.writeUInt8(0xee, 450);
          head.write('EFI PART', 512, 'latin1');
        }
        expect(describeHead(head)).toMatch(words);
      }),
    );
  });
});
