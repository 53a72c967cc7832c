import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { BlockSource } from '../../../electron/imaging/block-source.ts';
import type { CardImage, Injection } from '../../../electron/imaging/card-image.ts';
import { openCardImage, readImageFacts } from '../../../electron/imaging/open-card-image.ts';
import { asProblem } from '../../../shared/problem.ts';
import { requireTools } from '../../rig/required-tools.ts';
import { makeImage, noise, overwriteAt } from './images.ts';
import { run, scratchFolder } from './tools.ts';

const MIB = 2 ** 20;
const EXT4 = 1;
const FAT = 2;
const FAT_START = 9 * MIB;
const clock = new Date('2025-06-07T08:09:10Z');

const folder = scratchFolder();
let golden: Buffer | undefined;

beforeEach((context) => {
  requireTools(context, 'mke2fs', 'mkfs.vfat', 'sfdisk', 'mcopy', 'mmd');
  if (golden) return;
  const root = folder.file('root');
  mkdirSync(`${root}/etc`, { recursive: true });
  writeFileSync(`${root}/etc/hostname`, 'golden\n');
  writeFileSync(`${root}/etc/large`, noise(200_000, 3));
  // Without checksums libext2fs believes more of what it reads.
  const options = ['-t', 'ext4', '-O', '^metadata_csum,^64bit', '-N', '128'];
  makeImage(folder.file('golden.img'), 'dos', [
    { kind: 'ext4', mib: 8, options, content: root },
    { kind: 'fat', mib: 8, options: ['-F', '16', '-s', '1'] },
  ]);
  const volume = `${folder.file('golden.img')}@@${FAT_START}`;
  run('mmd', ['-i', volume, '::etc']);
  run('mcopy', ['-i', volume, '-', '::etc/hostname'], 'golden\n');
  golden = readFileSync(folder.file('golden.img'));
});
afterAll(() => {
  folder.remove();
});

function goldenBytes(): Buffer {
  return Buffer.from(golden ?? []);
}

function memorySource(bytes: Buffer): BlockSource {
  return {
    size: bytes.length,
    read: (buffer, offset) => {
      if (offset < 0 || offset + buffer.length > bytes.length) throw new RangeError('beyond the end');
      buffer.set(bytes.subarray(offset, offset + buffer.length));
    },
  };
}

const changesOf = (partition: number): Injection[] => [
  { partition, path: '/etc/hostname', kind: 'file', mode: 0o644, uid: 0, gid: 0, content: noise(20_000, 5) },
  {
    partition,
    path: '/new/folder/file',
    kind: 'file',
    mode: 0o600,
    uid: 0,
    gid: 0,
    content: Buffer.from('x'),
  },
];

/** Everything that reads or changes a partition. */
const uses: Record<string, (image: CardImage, partition: number) => Promise<unknown>> = {
  map: (image) => image.mapped(),
  stat: (image, partition) => image.stat(partition, '/etc/hostname'),
  read: (image, partition) => image.readFile(partition, '/etc/large', MIB),
  inject: (image, partition) => image.inject(changesOf(partition), { clock }),
};

async function outcome(bytes: Buffer, partition: number, use: string): Promise<string> {
  try {
    const image = await openCardImage(memorySource(bytes));
    await uses[use]?.(image, partition);
    image.close();
    return 'ok';
  } catch (error) {
    return asProblem(error)?.code ?? `a bug: ${String(error)}`;
  }
}

describe('a damaged image', () => {
  it.each([
    ['its ext4 superblock', EXT4, MIB + 1024, 1024],
    ["its ext4 group's bitmaps and inodes", EXT4, MIB + 2048, 80 * 1024],
    ['its FAT boot sector', FAT, FAT_START, 512],
    ['its FATs and directories', FAT, FAT_START + 2048, 80 * 1024],
  ])('in %s gives a Problem at worst', async (_, partition, start, length) => {
    const hit = fc.record({
      at: fc.nat(length - 64),
      bytes: fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 8 }),
        fc.constantFrom(new Uint8Array(4).fill(0xff), new Uint8Array(64)),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(hit, { minLength: 1, maxLength: 10 }), async (hits) => {
        const bytes = goldenBytes();
        for (const one of hits) bytes.set(one.bytes, start + one.at);
        for (const use of Object.keys(uses)) {
          const result = await outcome(bytes, partition, use);
          expect(['ok', 'IMAGE_LAYOUT_UNSUPPORTED', 'INJECTION_CONFLICT', 'INJECTION_TOO_LARGE']).toContain(
            result,
          );
        }
      }),
      { numRuns: 25 },
    );
  });

  it('whose superblock or boot sector says more than there is is refused', async () => {
    const blocks = goldenBytes();
    blocks.writeUInt32LE(0x7fffffff, MIB + 1024 + 4);
    const groups = goldenBytes();
    groups.writeUInt32LE(0, MIB + 1024 + 32);
    const inodes = goldenBytes();
    inodes.writeUInt16LE(77, MIB + 1024 + 88);
    for (const bytes of [blocks, groups, inodes]) {
      for (const use of Object.keys(uses)) {
        expect(await outcome(bytes, EXT4, use)).toBe('IMAGE_LAYOUT_UNSUPPORTED');
      }
    }
    const sectors = goldenBytes();
    sectors.writeUInt16LE(0xffff, FAT_START + 19);
    expect((await openCardImage(memorySource(sectors))).partitions[1]?.fileSystem).toBe('unknown');
  });

  it('that is cut off is refused', async () => {
    const file = folder.file('cut.img');
    for (const size of [0, 100, 512, MIB, 5 * MIB, 16 * MIB + 512]) {
      writeFileSync(file, goldenBytes().subarray(0, size));
      await expect(readImageFacts(file)).rejects.toMatchObject({ code: 'IMAGE_LAYOUT_UNSUPPORTED' });
    }
  });

  it('that shrinks while it is read is IMAGE_TRUNCATED', async () => {
    const file = folder.file('shrinking.img');
    writeFileSync(file, goldenBytes());
    const image = await openCardImage(file);
    truncateSync(file, MIB);
    for (const [use, call] of Object.entries(uses)) {
      for (const partition of [EXT4, FAT]) {
        await expect(call(image, partition), use).rejects.toMatchObject({ code: 'IMAGE_TRUNCATED' });
      }
    }
    image.close();
  });

  it('that is not there, or no file, is IMAGE_FILE_MISSING', async () => {
    for (const path of [folder.file('none'), folder.path]) {
      await expect(openCardImage(path)).rejects.toMatchObject({ code: 'IMAGE_FILE_MISSING' });
    }
  });

  it('does not spoil the next one', async () => {
    const broken = goldenBytes();
    broken.fill(0xff, MIB + 1024 + 1024, MIB + 64 * 1024);
    await outcome(broken, EXT4, 'inject');
    expect(await outcome(goldenBytes(), EXT4, 'inject')).toBe('ok');
  });
});

describe('a partition', () => {
  it('that is unknown or not there is refused by what needs its files', async () => {
    const file = folder.file('unknown.img');
    writeFileSync(file, goldenBytes());
    overwriteAt(file, FAT_START, noise(512, 1));
    const image = await openCardImage(file);
    for (const partition of [FAT, 3, 0]) {
      await expect(image.stat(partition, '/x')).rejects.toMatchObject({ code: 'IMAGE_LAYOUT_UNSUPPORTED' });
      await expect(image.inject(changesOf(partition), { clock })).rejects.toMatchObject({
        code: 'IMAGE_LAYOUT_UNSUPPORTED',
      });
    }
    expect(await image.mapped()).not.toEqual([]);
    image.close();
  });
});
