import { createCipheriv } from 'node:crypto';
import { mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from './run-tool.ts';
import { type Format, mebibyte } from './settings.ts';

/** A golden image as a publisher would make one, with what was put where. Offsets and sizes in bytes. */
export interface CardImage {
  readonly size: number;
  readonly files: Readonly<Record<Format, string>>;
  /** Made by `bmaptool create` from the holes of the raw file; absent without bmaptool. */
  readonly blockMap: string | undefined;
  readonly boot: { readonly offset: number; readonly size: number };
  readonly root: { readonly offset: number; readonly size: number };
}

/** 2024-06-01T00:00:00Z: the time of everything on the image. */
const epoch = '1717200000';

/**
 * A FAT boot partition (64 MiB, 48 in a small image) and an ext4 root with the tree of the demo image, both half full of
 * files of pseudo-random bytes, which no format can compress; what is free is zero, a hole in the raw file, and in
 * pieces. The same tools make the same bytes, up to the times of the files.
 */
export async function makeCardImage(options: {
  readonly folder: string;
  readonly mebibytes: number;
  readonly formats: readonly Format[];
  /** The demo lab's image, .zst. */
  readonly demo: string;
  readonly withBlockMap: boolean;
  readonly signal: AbortSignal;
}): Promise<CardImage> {
  const { folder, mebibytes, formats, demo, signal } = options;
  const run = (program: string, args: readonly string[], input?: string) =>
    runTool(program, args, {
      signal,
      env: { SOURCE_DATE_EPOCH: epoch, E2FSPROGS_FAKE_TIME: epoch, MTOOLS_SKIP_CHECK: '1' },
      ...(input === undefined ? {} : { input }),
    });
  await mkdir(folder, { recursive: true });
  const raw = join(folder, 'card.img');
  const bootSize = mebibytes < 512 ? 48 : 64;
  const boot = { offset: mebibyte, size: bootSize * mebibyte };
  const root = { offset: (1 + bootSize) * mebibyte, size: (mebibytes - 2 - bootSize) * mebibyte };
  await writeFile(raw, '');
  await truncate(raw, mebibytes * mebibyte);
  await run(
    'sfdisk',
    ['--quiet', '--no-reread', '--no-tell-kernel', raw],
    `label: dos\nlabel-id: 0x51fa4b00\n1MiB,${bootSize}MiB,c,*\n${1 + bootSize}MiB,${root.size / mebibyte}MiB,83\n`,
  );

  const demoRaw = join(folder, 'demo.img');
  const tree = join(folder, 'tree');
  await run('zstd', ['-q', '-d', demo, '-o', demoRaw]);
  await mkdir(join(tree, 'boot'), { recursive: true });
  await mkdir(join(tree, 'root'));
  const [demoBoot, demoRoot] = await partitions(demoRaw);
  await run('mcopy', ['-s', '-n', '-Q', '-i', `${demoRaw}@@${demoBoot}`, '::*', join(tree, 'boot')]);
  await run('debugfs', ['-R', `rdump / ${join(tree, 'root')}`, `${demoRaw}?offset=${demoRoot}`]);
  await rm(join(tree, 'root/lost+found'), { recursive: true, force: true });
  await pseudoRandomFiles(join(tree, 'boot'), Math.floor(bootSize / 2));
  const inRoot = await pseudoRandomFiles(join(tree, 'root'), Math.floor((root.size / mebibyte) * 0.6));

  // --offset in sectors, the size in KiB.
  await run(
    'mkfs.vfat',
    `--invariant -F 32 -s 1 -h 2048 -i 51FA4B01 -n BENCH-BOOT --offset 2048 ${raw} ${boot.size / 1024}`.split(
      ' ',
    ),
  );
  const names = (await runTool('ls', ['-A', join(tree, 'boot')])).trim().split('\n');
  await run('mcopy', [
    ...`-s -m -Q -i ${raw}@@${boot.offset}`.split(' '),
    ...names.map((name) => join(tree, 'boot', name)),
    '::',
  ]);
  const uuid = '51fa4b02-0000-4000-8000-000000000001';
  const extended = `offset=${root.offset},hash_seed=51fa4b03-0000-4000-8000-000000000002`;
  await run(
    'mke2fs',
    `-q -F -t ext4 -b 4096 -L bench-root -U ${uuid} -E ${extended} -d ${tree}/root ${raw} ${root.size / 1024}k`.split(
      ' ',
    ),
  );
  await rm(tree, { recursive: true });
  await rm(demoRaw);
  await removeFiles(
    `${raw}?offset=${root.offset}`,
    inRoot.filter((_, index) => index % 6 === 3),
    async (first, blocks) => {
      const place = `--offset ${root.offset + first * 4096} --length ${blocks * 4096}`;
      await run('fallocate', `--punch-hole ${place} ${raw}`.split(' '));
    },
  );

  const files = { raw, zst: `${raw}.zst`, xz: `${raw}.xz` };
  if (formats.includes('zst')) await run('zstd', ['-q', '-T0', raw, '-o', files.zst]);
  if (formats.includes('xz')) await run('xz', ['-q', '-k', '-T0', '-0', raw]);
  const blockMap = options.withBlockMap ? join(folder, 'card.bmap') : undefined;
  if (blockMap !== undefined) await run('bmaptool', ['create', '-o', blockMap, raw]);
  return { size: mebibytes * mebibyte, files, blockMap, boot, root };
}

/** Byte offsets of the first two partitions. */
async function partitions(image: string): Promise<[number, number]> {
  const table = JSON.parse(await runTool('sfdisk', ['--json', image])) as {
    partitiontable: { partitions: { start: number }[] };
  };
  const [one, two] = table.partitiontable.partitions;
  if (!one || !two) throw new Error(`${image} has no two partitions.`);
  return [one.start * 512, two.start * 512];
}

/**
 * Files of 4 MiB, and their paths on the image; the key stream of AES is fast, fixed and as good as random to a compressor.
 */
async function pseudoRandomFiles(folder: string, mebibytes: number): Promise<string[]> {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, folder.slice(-1)), Buffer.alloc(16));
  const zeros = Buffer.alloc(4 * mebibyte);
  const paths = Array.from({ length: Math.floor(mebibytes / 4) }, (_, index) => `/bench-data/data-${index}`);
  await mkdir(join(folder, 'bench-data'));
  for (const path of paths) await writeFile(join(folder, path), cipher.update(zeros));
  return paths;
}

/** So that what is free lies between what is used, as on a disk that was lived on, and is zero, as in an image made small. */
async function removeFiles(
  fileSystem: string,
  paths: readonly string[],
  zero: (firstBlock: number, blocks: number) => Promise<void>,
): Promise<void> {
  for (const path of paths) {
    const list = await runTool('debugfs', ['-R', `blocks ${path}`, fileSystem]);
    const numbers = list.trim().split(/\s+/).map(Number);
    await runTool('debugfs', ['-w', '-R', `rm ${path}`, fileSystem]);
    for (let index = 0; index < numbers.length; ) {
      const first = numbers[index] ?? 0;
      const start = index;
      while (index < numbers.length && numbers[index] === first + index - start) index += 1;
      await zero(first, index - start);
    }
  }
}
