import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ByteRange } from '../../../electron/imaging/block-source.ts';
import { intersectRanges, joinRanges, totalLength } from '../../../electron/imaging/byte-ranges.ts';
import type { CardImage, Injection } from '../../../electron/imaging/card-image.ts';
import { freeFatRanges } from '../../../electron/imaging/fat-block-map.ts';
import { parseFatGeometry } from '../../../electron/imaging/fat-geometry.ts';
import { openCardImage, readImageFacts } from '../../../electron/imaging/open-card-image.ts';
import { requireTools } from '../../rig/required-tools.ts';
import { contentOf, cutPartition, DEBIAN_12, DEBIAN_13, makeImage, makeVolume, noise } from './images.ts';
import { run, scratchFolder } from './tools.ts';

let folder: ReturnType<typeof scratchFolder>;
let open: CardImage[] = [];

beforeEach((context) => {
  requireTools(
    context,
    'mke2fs',
    'mkfs.vfat',
    'dumpe2fs',
    'debugfs',
    'e2fsck',
    'sfdisk',
    'mcopy',
    'mdel',
    'mshowfat',
    'fsck.vfat',
    'fallocate',
  );
  folder = scratchFolder();
});
afterEach(() => {
  for (const image of open) image.close();
  open = [];
  folder?.remove();
});

async function reopen(file: string): Promise<CardImage> {
  const image = await openCardImage(file);
  open.push(image);
  return image;
}

/** Free blocks as dumpe2fs lists them per group, in bytes from the volume's start. */
function freeInDumpe2fs(volume: string): ByteRange[] {
  const text = run('dumpe2fs', [volume]).toString();
  const blockSize = Number(/^Block size: +(\d+)$/m.exec(text)?.[1]);
  return joinRanges(
    [...text.matchAll(/^ {2}Free blocks: (.+)$/gm)].flatMap(([, list = '']) =>
      list.split(', ').map((part) => {
        const [first = 0, last = first] = part.split('-').map(Number);
        return { offset: first * blockSize, length: (last - first + 1) * blockSize };
      }),
    ),
  );
}

function makeRoot(): string {
  const root = folder.file('root');
  mkdirSync(`${root}/etc`, { recursive: true });
  for (let index = 0; index < 80; index += 1)
    writeFileSync(`${root}/etc/${index}`, noise(index * 333, index + 1));
  return root;
}

describe.for([
  ['the defaults of Debian 12', DEBIAN_12],
  ['orphan_file and metadata_csum_seed', DEBIAN_13],
  ['blocks of 1 KiB', ['-t', 'ext4', '-b', '1024']],
  ['blocks of 2 KiB and many groups', ['-t', 'ext4', '-b', '2048', '-g', '2048']],
  ['blocks of 4 KiB', ['-t', 'ext4', '-b', '4096']],
  [
    'uninitialised groups',
    ['-t', 'ext4', '-b', '1024', '-O', 'uninit_bg,^metadata_csum', '-E', 'lazy_itable_init=1'],
  ],
  ['no flex_bg', ['-t', 'ext4', '-O', '^flex_bg,^resize_inode,meta_bg']],
  ['ext2', ['-t', 'ext2']],
  ['ext3', ['-t', 'ext3']],
] as const)('the block map of ext4 with %s', ([, options]) => {
  it('leaves out nothing that dumpe2fs does not list as free, and little less', async () => {
    const file = folder.file('golden.img');
    makeImage(file, 'dos', [{ kind: 'ext4', mib: 40, options, content: makeRoot() }]);
    const image = await reopen(file);
    const holes: ByteRange[] = [];
    for (let round = 0; round < 2; round += 1) {
      const mapped = await image.mapped();
      const volume = cutPartition(image, 1, folder.file('volume'));
      const free = freeInDumpe2fs(volume);
      const used = totalLength(intersectRanges(mapped, [{ offset: 2 ** 20, length: 40 * 2 ** 20 }]));
      const wanted = 40 * 2 ** 20 - totalLength(free);
      expect(totalLength(free)).toBeGreaterThan(20 * 2 ** 20);
      expect(used).toBeGreaterThanOrEqual(wanted);
      expect(used).toBeLessThan(wanted * 1.03 + 128 * 1024);
      // Everything that is left out is free.
      let position = 2 ** 20;
      holes.length = 0;
      for (const range of mapped) {
        if (range.offset > position)
          holes.push({ offset: position - 2 ** 20, length: range.offset - position });
        position = Math.max(position, range.offset + range.length);
      }
      expect(totalLength(intersectRanges(holes, free))).toBe(totalLength(holes));
      expect(image.changed().length > 0).toBe(round === 1);
      await image.inject(
        [
          { partition: 1, path: '/etc/7', kind: 'file', mode: 0o600, uid: 0, gid: 0, content: noise(3e6, 9) },
          { partition: 1, path: '/etc/70', kind: 'file', mode: 0o600, uid: 0, gid: 0, content: noise(10, 9) },
        ],
        { clock: new Date('2025-06-07T08:09:10Z') },
      );
    }
  });
});

function put(partition: number, path: string, length: number): Injection {
  return { partition, path, kind: 'file', mode: 0o600, uid: 0, gid: 0, content: noise(length, 5) };
}

describe('the block map', () => {
  it('takes in a hole of the image file that lies in a file: the zeros are written', async () => {
    const root = folder.file('root');
    mkdirSync(root);
    const content = Buffer.concat([noise(65536, 1), Buffer.alloc(2 ** 20), noise(65536, 2)]);
    writeFileSync(`${root}/with-zeros`, noise(content.length, 3));
    const file = folder.file('golden.img');
    makeImage(file, 'dos', [{ kind: 'ext4', mib: 16, options: ['-t', 'ext4', '-b', '4096'], content: root }]);
    // mke2fs skips blocks of zeros, so they are put into blocks that are allocated already.
    const before = await reopen(file);
    const blocks = run('debugfs', ['-R', 'blocks /with-zeros', cutPartition(before, 1, folder.file('v'))]);
    const numbers = blocks.toString().trim().split(/\s+/).map(Number);
    const bytes = contentOf(before);
    const zeroed: ByteRange[] = [];
    for (const [index, number] of numbers.entries()) {
      const at = 2 ** 20 + number * 4096;
      content.copy(bytes, at, index * 4096, (index + 1) * 4096);
      if (index >= 16 && index < 16 + 256) zeroed.push({ offset: at, length: 4096 });
    }
    writeFileSync(file, bytes);
    run('fallocate', ['--dig-holes', file]);

    const facts = await readImageFacts(file);
    expect(totalLength(intersectRanges(facts.mapped, joinRanges(zeroed)))).toBe(2 ** 20);
  });

  it('leaves out only free clusters of FAT12, FAT16 and FAT32', async () => {
    for (const [mib, options] of [
      [4, ['-F', '12']],
      [16, ['-F', '16', '-s', '1']],
      [34, ['-F', '32', '-s', '1']],
    ] as const) {
      const file = folder.file(`golden-${mib}.img`);
      makeImage(file, 'dos', [{ kind: 'fat', mib, options }]);
      const volume = cutPartition(await reopen(file), 1, folder.file('volume'));
      const marker = Buffer.alloc(200_000, 'a file on a FAT partition ');
      for (const name of ['one', 'two', 'three']) run('mcopy', ['-i', volume, '-', `::${name}`], marker);
      run('mdel', ['-i', volume, '::two']);
      makeImage(file, 'dos', [{ kind: 'raw', mib, bytes: new Uint8Array(run('cat', [volume])) }]);

      const image = await reopen(file);
      const mapped = await image.mapped();
      expect(image.size - totalLength(mapped)).toBeGreaterThan(mib * 2 ** 20 * 0.5);
      const card = noise(image.size, 77);
      const golden = contentOf(image);
      for (const range of mapped) golden.copy(card, range.offset, range.offset, range.offset + range.length);
      const written = folder.file('written');
      writeFileSync(written, card.subarray(2 ** 20, 2 ** 20 + mib * 2 ** 20));
      run('fsck.vfat', ['-n', written]);
      for (const name of ['one', 'three']) {
        expect(run('mtype', ['-i', written, `::${name}`]).equals(marker)).toBe(true);
      }
    }
  });

  it('knows every cluster of FAT12, FAT16 and FAT32 as mtools does', () => {
    for (const [mib, options] of [
      [1, ['-F', '12', '-s', '1']],
      [16, ['-F', '16', '-s', '2']],
      [34, ['-F', '32', '-s', '1']],
    ] as const) {
      const volume = folder.file('volume');
      makeVolume(volume, { kind: 'fat', mib, options });
      // Every other file is taken away again: a used cluster of even number, then a free one of odd number.
      const names = Array.from({ length: 60 }, (_, index) => `file-${index}`);
      for (const name of names) run('mcopy', ['-i', volume, '-', `::${name}`], noise(300, 1));
      run('mdel', ['-i', volume, ...names.filter((_, index) => index % 2 === 1).map((name) => `::${name}`)]);

      const bytes = run('cat', [volume]);
      const geometry = parseFatGeometry(bytes.subarray(0, 512), bytes.length);
      if (!geometry) throw new Error('no FAT');
      const source = {
        size: bytes.length,
        read: (to: Uint8Array, at: number) => to.set(bytes.subarray(at, at + to.length)),
      };
      const free = freeFatRanges(source, geometry);
      const [, used, all] = /(\d+)\/(\d+) clusters/.exec(run('fsck.vfat', ['-n', volume]).toString()) ?? [];
      expect(geometry.clusterCount).toBe(Number(all));
      expect(totalLength(free)).toBe((Number(all) - Number(used)) * geometry.clusterSize);
      const shown = run('mshowfat', [
        '-i',
        volume,
        ...names.filter((_, index) => index % 2 === 0).map((name) => `::${name}`),
      ]);
      const clusters = [...shown.toString().matchAll(/<(\d+)(?:-(\d+))?>/g)].map(
        ([, first, last = first]) => ({
          offset: geometry.dataOffset + (Number(first) - 2) * geometry.clusterSize,
          length: (Number(last) - Number(first) + 1) * geometry.clusterSize,
        }),
      );
      expect(clusters).toHaveLength(30);
      expect(intersectRanges(free, joinRanges(clusters))).toEqual([]);
    }
  });

  it('is after changes what reading the changed image anew says, and after failed ones what it was', async () => {
    const file = folder.file('golden.img');
    makeImage(file, 'dos', [
      { kind: 'fat', mib: 16, options: ['-F', '16'] },
      { kind: 'ext4', mib: 16, options: DEBIAN_12, content: makeRoot() },
    ]);
    const image = await reopen(file);
    const before = await image.mapped();
    const clock = new Date('2025-06-07T08:09:10Z');
    await expect(
      image.inject([put(1, '/big', 2e6), put(2, '/big', 2e6), put(2, '/etc', 1)], { clock }),
    ).rejects.toMatchObject({ code: 'INJECTION_CONFLICT' });
    expect(await image.mapped()).toEqual(before);
    for (const round of [1, 2]) {
      await image.inject([put(1, `/new-${round}`, 3e6), put(2, '/etc/70', round === 1 ? 2e6 : 10)], {
        clock,
      });
      const anew = folder.file('anew.img');
      writeFileSync(anew, contentOf(image));
      expect(await image.mapped()).toEqual(await (await reopen(anew)).mapped());
    }
    expect(await image.mapped()).not.toEqual(before);
  });

  it('takes in gaps, unknown partitions and an end that is no whole block', async () => {
    const file = folder.file('golden.img');
    makeImage(file, 'gpt', [
      { kind: 'raw', mib: 2, bytes: noise(2 * 2 ** 20, 1) },
      { kind: 'ext4', mib: 16, options: DEBIAN_12 },
      { kind: 'raw', mib: 1 },
    ]);
    truncateSync(file, 21 * 2 ** 20 + 512);
    const facts = await readImageFacts(file);
    expect(facts.partitions.map((partition) => partition.fileSystem)).toEqual(['unknown', 'ext4', 'unknown']);
    const outside = [
      { offset: 0, length: 3 * 2 ** 20 },
      { offset: 19 * 2 ** 20, length: 2 * 2 ** 20 + 512 },
    ];
    expect(totalLength(intersectRanges(facts.mapped, outside))).toBe(totalLength(outside));
    expect(totalLength(facts.mapped)).toBeLessThan(facts.size);
  });
});
