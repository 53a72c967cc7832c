import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const environment = {
  ...process.env,
  PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`,
  LC_ALL: 'C',
  MTOOLS_SKIP_CHECK: '1',
};

/** A card, read by e2fsprogs, dosfstools and mtools. Partitions are taken from sfdisk. */
export interface ReadBack {
  readonly root: { offset: number; length: number };
  readonly boot: { offset: number; length: number };
  /** Content of a file on the root partition; undefined when there is none. */
  file(path: string): string | undefined;
  /** `type mode uid:gid`, as in `regular 0600 0:0`. */
  stat(path: string): string;
  linkTarget(path: string): string | undefined;
  /** Byte ranges in the card that a file's blocks take. */
  blocksOf(path: string): { offset: number; length: number }[];
  bootFile(path: string): string;
  /** Output and exit code of both checks; 0 is clean. */
  checks(): { e2fsck: number | null; fsckVfat: number | null; said: string };
  readonly close: () => void;
}

export function readBack(card: string): ReadBack {
  const folder = mkdtempSync(join(tmpdir(), 'sifaka-read-back-'));
  const table: { partitiontable: { partitions: { start: number; size: number }[] } } = JSON.parse(
    execFileSync('sfdisk', ['--json', card], { env: environment, encoding: 'utf8' }),
  );
  const [bootPart, rootPart] = table.partitiontable.partitions.map(({ start, size }) => ({
    offset: start * 512,
    length: size * 512,
  }));
  if (!bootPart || !rootPart) throw new Error('the card has no two partitions');
  const bytes = readFileSync(card);
  const root = join(folder, 'root.ext4');
  const boot = join(folder, 'boot.fat');
  writeFileSync(root, bytes.subarray(rootPart.offset, rootPart.offset + rootPart.length));
  writeFileSync(boot, bytes.subarray(bootPart.offset, bootPart.offset + bootPart.length));

  const debugfs = (request: string): string =>
    execFileSync('debugfs', ['-R', request, root], {
      env: environment,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const statText = (path: string): string => debugfs(`stat ${quoted(path)}`);

  return {
    root: rootPart,
    boot: bootPart,
    file(path) {
      if (!statText(path).includes('Type: regular')) return undefined;
      const out = join(folder, 'dumped');
      debugfs(`dump ${quoted(path)} ${out}`);
      return readFileSync(out, 'latin1');
    },
    stat(path) {
      const match =
        /Type: (\w+)\s+Mode:\s+(\d+)[\s\S]*?User:\s+(\d+)\s+Group:\s+(\d+)/.exec(statText(path)) ?? [];
      return `${match[1]} ${match[2]} ${match[3]}:${match[4]}`;
    },
    linkTarget(path) {
      return /Fast link dest: "(.*)"/.exec(statText(path))?.[1] ?? undefined;
    },
    blocksOf(path) {
      const blocks = debugfs(`blocks ${quoted(path)}`)
        .trim()
        .split(/\s+/)
        .filter((block) => /^\d+$/.test(block));
      return blocks.map((block) => ({ offset: rootPart.offset + Number(block) * 4096, length: 4096 }));
    },
    bootFile: (path) =>
      execFileSync('mtype', ['-i', boot, `::${path}`], { env: environment, encoding: 'latin1' }),
    checks() {
      const ext4 = spawnSync('e2fsck', ['-fn', root], { env: environment, encoding: 'utf8' });
      const fat = spawnSync('fsck.vfat', ['-n', boot], { env: environment, encoding: 'utf8' });
      return {
        e2fsck: ext4.status,
        fsckVfat: fat.status,
        said: `${ext4.stdout}${ext4.stderr}${fat.stdout}${fat.stderr}`,
      };
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** debugfs takes a quoted name, and no backslash means anything in it. */
function quoted(path: string): string {
  return `"${path}"`;
}

/** A stretch of a file. */
export function bytesAt(path: string, offset: number, length: number): Buffer {
  const descriptor = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(length);
    readSync(descriptor, buffer, 0, length, offset);
    return buffer;
  } finally {
    closeSync(descriptor);
  }
}
