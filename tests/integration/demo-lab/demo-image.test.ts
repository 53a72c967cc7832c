import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { requireTools } from '../../rig/required-tools.ts';

const shipped = fileURLToPath(
  new URL('../../../resources/demo-lab/metis/images/demo.img.zst', import.meta.url),
);
const builder = fileURLToPath(new URL('../../../scripts/make-demo-image.mjs', import.meta.url));
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
const tools = [
  'mkfs.vfat',
  'mke2fs',
  'mcopy',
  'sfdisk',
  'e2fsck',
  'dumpe2fs',
  'debugfs',
  'fsck.vfat',
  'mtype',
  'zstd',
];

const run = (program: string, args: string[]) =>
  execFileSync(program, args, {
    env: { PATH, LC_ALL: 'C', MTOOLS_SKIP_CHECK: '1' },
    encoding: 'utf8',
    stdio: 'pipe',
  });

/** What debugfs says of a path of the root file system. */
const stat = (path: string) => run('debugfs', ['-R', `stat ${path}`, root]);

let folder = '';
let image = '';
let boot = '';
let root = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sifaka-demo-image-'));
  image = join(folder, 'demo.img');
  writeFileSync(image, zstdDecompressSync(readFileSync(shipped)));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function extract(name: string, firstSector: number, sectors: number): string {
  const bytes = Buffer.alloc(sectors * 512);
  const descriptor = openSync(image, 'r');
  readSync(descriptor, bytes, 0, bytes.length, firstSector * 512);
  closeSync(descriptor);
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** Cuts the partitions out of the image, once. */
function cutPartitions(): void {
  if (root !== '') return;
  const table = JSON.parse(run('sfdisk', ['--json', image])) as {
    partitiontable: { label: string; partitions: { start: number; size: number; type: string }[] };
  };
  expect(table.partitiontable.label).toBe('dos');
  const [first, second] = table.partitiontable.partitions;
  expect([first?.type, second?.type]).toEqual(['c', '83']);
  boot = extract('boot.fat', first?.start ?? 0, first?.size ?? 0);
  root = extract('root.ext4', second?.start ?? 0, second?.size ?? 0);
}

describe('the demo image, read with other tools', () => {
  beforeEach((context) => {
    requireTools(context, ...tools);
    cutPartitions();
  });

  it('has clean file systems', () => {
    run('e2fsck', ['-fn', root]);
    run('fsck.vfat', ['-n', boot]);
  });

  it("has Debian 12's default ext4 features and several block groups", () => {
    const facts = run('dumpe2fs', [root]);
    const features = /^Filesystem features: +(.*)$/m.exec(facts)?.[1]?.split(' ').toSorted();
    expect(features).toEqual(
      'has_journal ext_attr resize_inode dir_index filetype extent 64bit flex_bg sparse_super large_file huge_file dir_nlink extra_isize metadata_csum'
        .split(' ')
        .toSorted(),
    );
    expect(facts.match(/^Group \d+:/gm)?.length).toBeGreaterThan(2);
  });

  it('belongs to root, shadow files to the group shadow, and has a k3s in its place', () => {
    expect(stat('/etc/shadow')).toMatch(/Mode: +0640[\s\S]*User: +0 +Group: +42 /);
    expect(stat('/usr/local/bin/k3s')).toMatch(/Type: regular +Mode: +0755[\s\S]*User: +0 +Group: +0 /);
    for (const parent of ['/', '/etc', '/usr/bin', '/etc/systemd/system']) {
      const owners = run('debugfs', ['-R', `ls -l ${parent}`, root])
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line) => line.trim().split(/\s+/)[3]);
      expect(new Set(owners)).toEqual(new Set(['0']));
    }
  });

  it('holds old bytes in free blocks, and allocated blocks of zeros', () => {
    const bytes = readFileSync(root);
    const stale = bytes.indexOf('an old kernel package, deleted');
    expect(stale).toBeGreaterThan(0);
    expect(run('debugfs', ['-R', `testb ${Math.floor(stale / 4096)}`, root])).toMatch(/not in use/);
    const blocks = run('debugfs', ['-R', 'blocks /usr/lib/hwdb.bin', root]).trim().split(/\s+/).map(Number);
    const zero = blocks.filter((block) =>
      bytes.subarray(block * 4096, (block + 1) * 4096).every((byte) => byte === 0),
    );
    expect(zero.length).toBe(64);
  });

  it('boots the root file system it carries', () => {
    const cmdline = run('mtype', ['-i', boot, '::cmdline.txt']);
    expect(cmdline).toContain('root=LABEL=demo-root');
    expect(run('dumpe2fs', ['-h', root])).toMatch(/volume name: +demo-root/);
  });

  it('is built the same twice', () => {
    const built = [1, 2].map((number) => {
      const path = join(folder, `built-${number}.zst`);
      execFileSync(process.execPath, [builder, '--to', path], { stdio: 'pipe' });
      return readFileSync(path);
    });
    expect(built[0]?.equals(built[1] ?? Buffer.alloc(0))).toBe(true);
  });
});
