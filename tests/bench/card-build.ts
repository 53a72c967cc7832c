/**
 * `npm run bench`: building a card with Sifaka beside doing it by hand with the system's tools, in one run, as ratios.
 *
 * By hand: `dd` the raw image onto the target and flush, put the same files in with `debugfs -w`, read everything back
 * with `cmp` against a second copy made the same way. Sifaka: `card build` of titan-13 from the cached image, which
 * injects, writes what is in use, reads it back and keeps a receipt; the start of the program is part of its time.
 *
 * The image is the demo's with a tail of 1 GiB that no file system marks free (everything is written), and the same with
 * the tail inside a half-empty ext4 (free blocks are skipped). Needs Linux, e2fsprogs and about 6 GiB.
 */
import { execFileSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const cli = join(root, 'out/main/cli.js');
const folder = mkdtempSync(join(tmpdir(), 'sifaka-bench-'));
const lab = join(folder, 'lab');
const rounds = 3;
const mebibyte = 1 << 20;

try {
  sifaka('lab', 'demo', lab);
  for (const kind of ['full', 'half empty'] as const) compare(kind);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function compare(kind: 'full' | 'half empty'): void {
  const name = kind === 'full' ? 'full' : 'half';
  const image = join(folder, `${name}.img`);
  makeImage(image, kind);
  sifaka('--lab', lab, 'images', 'add', name, image, '--root', '2', '--boot', '1');
  sifaka('--lab', lab, 'lab', 'set', 'metis/inventory.yaml', '/classes/rpi4-armbian-longhorn/image', name);
  const own: number[] = [];
  const hand: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    own.push(time(() => sifaka('--lab', lab, 'card', 'build', 'titan-13', '--to', join(folder, 'own.img'))));
    hand.push(time(() => byHand(image)));
    for (const one of ['own.img', 'hand.img', 'copy.img']) rmSync(join(folder, one), { force: true });
  }
  const [ours, theirs] = [median(own), median(hand)];
  console.log(
    `${kind}: sifaka ${ours.toFixed(2)} s, by hand ${theirs.toFixed(2)} s, ratio ${(ours / theirs).toFixed(2)} (median of ${rounds})`,
  );
}

/** 1.1 GiB: the demo image, then random bytes in the gap behind it or a third, half-empty ext4 partition. */
function makeImage(image: string, kind: 'full' | 'half empty'): void {
  execFileSync('zstd', [
    '-q',
    '-dc',
    join(root, 'resources/demo-lab/metis/images/demo.img.zst'),
    '-o',
    image,
  ]);
  const start = 96;
  if (kind === 'full') {
    appendRandom(image, start, 1024);
    return;
  }
  truncateSync(image, (start + 1024) * mebibyte);
  execFileSync('sfdisk', ['-q', '--append', '--no-reread', image], {
    input: `${start}MiB,1023MiB,83\n`,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const content = join(folder, 'content');
  execFileSync('mkdir', ['-p', content]);
  writeFileSync(join(content, 'random'), '');
  appendRandom(join(content, 'random'), 0, 512);
  execFileSync('mke2fs', [
    '-q',
    '-t',
    'ext4',
    '-d',
    content,
    '-E',
    `offset=${start * mebibyte}`,
    image,
    '1023M',
  ]);
}

function appendRandom(file: string, atMebibyte: number, mebibytes: number): void {
  const handle = openSync(file, 'r+');
  const buffer = Buffer.alloc(mebibyte);
  for (let index = 0; index < mebibytes; index += 1) {
    randomFillSync(buffer);
    writeSync(handle, buffer, 0, mebibyte, (atMebibyte + index) * mebibyte);
  }
  closeSync(handle);
}

/** What a careful operator does without Sifaka: copy, edit, and compare with a copy edited the same way. */
function byHand(image: string): void {
  const edits = join(folder, 'edits');
  const names = Array.from({ length: 30 }, (_, index) => `etc/by-hand-${index}`);
  const content = join(folder, 'one-file');
  writeFileSync(content, 'x'.repeat(300));
  writeFileSync(edits, names.map((name) => `write ${content} ${name}`).join('\n'));
  const target = join(folder, 'hand.img');
  const copy = join(folder, 'copy.img');
  execFileSync('dd', [`if=${image}`, `of=${target}`, 'bs=4M', 'conv=fsync', 'status=none']);
  execFileSync('debugfs', ['-w', '-f', edits, `${target}?offset=${rootOffset(image)}`], { stdio: 'ignore' });
  execFileSync('cp', ['--reflink=auto', target, copy]);
  execFileSync('sync', [target]);
  execFileSync('dd', [`of=${target}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0', 'status=none']);
  execFileSync('cmp', [target, copy]);
}

function rootOffset(image: string): number {
  const table = JSON.parse(execFileSync('sfdisk', ['--json', image], { encoding: 'utf8' })) as {
    partitiontable: { partitions: { start: number }[] };
  };
  const start = table.partitiontable.partitions[1]?.start;
  if (start === undefined) throw new Error('The demo image has no second partition.');
  return start * 512;
}

function sifaka(...args: string[]): void {
  execFileSync(process.execPath, [cli, ...args], {
    env: { ...process.env, SIFAKA_HOME: join(folder, 'home') },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/** Seconds. */
function time(work: () => void): number {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
