#!/usr/bin/env node
/**
 * Builds resources/demo-lab/metis/images/demo.img.zst and writes its SHA-256 into the demo inventory.
 *
 * Linux, without root and without loop devices: sfdisk, mkfs.vfat and mtools, mke2fs and debugfs, zstd. Reproducible: the
 * same tool versions give the same bytes, whoever runs it. `mke2fs -d` is not used, because it takes change times,
 * owners and the order of entries from the machine it runs on; a debugfs script sets every one of them.
 *
 *   node scripts/make-demo-image.mjs            builds and updates the inventory
 *   node scripts/make-demo-image.mjs --to FILE  builds FILE (.zst) and touches nothing else
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bootTree, rootTree } from './demo-image/tree.mjs';

const MIB = 1024 * 1024;
const SECTOR = 512;
/** Of the ext4 file system. */
const BLOCK = 4096;
/** 2024-06-01T00:00:00Z: the time of everything on the image. */
const EPOCH = 1717200000;
const DISK_ID = '0x51fa4a00';
const VOLUME_ID = '51FA4A01';
const ROOT_UUID = '51fa4a02-0000-4000-8000-000000000001';
const HASH_SEED = '51fa4a03-0000-4000-8000-000000000002';

/** FAT32 needs 65,525 clusters, and a Raspberry Pi boot partition is FAT32: 34 MiB of 512-byte clusters. */
const BOOT = { start: 1 * MIB, size: 34 * MIB };
const ROOT = { start: BOOT.start + BOOT.size, size: 60 * MIB };
/** A tail that belongs to no partition, as images have. */
const IMAGE_SIZE = ROOT.start + ROOT.size + 1 * MIB;

const repository = dirname(dirname(fileURLToPath(import.meta.url)));
const labImage = join(repository, 'resources/demo-lab/metis/images/demo.img.zst');
const inventory = join(repository, 'resources/demo-lab/metis/inventory.yaml');

const environment = {
  PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin`,
  LC_ALL: 'C',
  TZ: 'UTC',
  SOURCE_DATE_EPOCH: String(EPOCH),
  E2FSPROGS_FAKE_TIME: String(EPOCH),
  MTOOLS_SKIP_CHECK: '1',
};

function run(program, args, { input, env = {} } = {}) {
  return execFileSync(program, args, {
    env: { ...environment, ...env },
    input: input ?? '',
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

function emptyFile(path, size) {
  const descriptor = openSync(path, 'w');
  ftruncateSync(descriptor, size);
  closeSync(descriptor);
}

function makeBoot(folder) {
  const image = join(folder, 'boot.fat');
  emptyFile(image, BOOT.size);
  run('mkfs.vfat', ['--invariant', '-F', '32', '-s', '1', '-i', VOLUME_ID, '-n', 'DEMO-BOOT', image]);
  for (const entry of bootTree) {
    if (entry.content === undefined) {
      run('mmd', ['-i', image, `::${entry.path.replace(/\/$/, '')}`]);
    } else {
      const content = join(folder, 'content');
      writeFileSync(content, entry.content);
      run('mcopy', ['-i', image, content, `::${entry.path}`]);
    }
  }
  return image;
}

/** Debian 12's /etc/mke2fs.conf for ext4, written out, so that the machine's own does not matter. */
const ext4Features =
  'none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,sparse_super,large_file,huge_file,dir_nlink,extra_isize,metadata_csum';

function makeRoot(folder) {
  const image = join(folder, 'root.ext4');
  const configuration = join(folder, 'mke2fs.conf');
  writeFileSync(
    configuration,
    '[defaults]\n\tdefault_mntopts = acl,user_xattr\n[fs_types]\n\text4 = {\n\t}\n',
  );
  emptyFile(image, ROOT.size);
  run(
    'mke2fs',
    // Groups of 16 MiB (-g) instead of 128, so that a small file system has several, with backups of the superblock.
    [
      ...`-q -F -t ext4 -b ${BLOCK} -I 256 -i 16384 -m 5 -g 4096 -J size=4 -L demo-root -o Linux`.split(' '),
      ...`-O ${ext4Features} -U ${ROOT_UUID}`.split(' '),
      ...`-E hash_seed=${HASH_SEED},root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0,nodiscard`.split(
        ' ',
      ),
      image,
    ],
    { env: { MKE2FS_CONFIG: configuration } },
  );
  debugfs(image, treeCommands(folder));
  return image;
}

/** The commands that make the tree; the content of each file lies in `folder` until they have run. */
function treeCommands(folder) {
  const commands = [];
  rootTree.forEach((entry, index) => {
    if (entry.kind === 'directory') {
      commands.push(`mkdir ${entry.path}`, ...attributes(entry.path, 0o040000 | entry.mode, entry.gid));
    } else if (entry.kind === 'symlink') {
      commands.push(`symlink ${entry.path} ${entry.linkTarget}`, ...attributes(entry.path, 0o120777, 0));
    } else {
      const content = join(folder, `content-${index}`);
      writeFileSync(content, entry.allocateZeros ? withoutZeros(entry.content) : entry.content);
      commands.push(`write ${content} ${entry.path}`);
      if (entry.allocateZeros) commands.push(...zeroBlocks(entry));
      if (entry.kind === 'file') commands.push(...attributes(entry.path, 0o100000 | entry.mode, entry.gid));
    }
  });
  for (const entry of rootTree) if (entry.kind === 'deleted') commands.push(`rm ${entry.path}`);
  // A folder's times change with each entry made in it, so they come last.
  for (const path of [
    '/',
    '/lost+found',
    ...rootTree.filter((entry) => entry.kind === 'directory').map((entry) => entry.path),
  ]) {
    commands.push(...times(path));
  }
  return commands;
}

/** debugfs leaves a hole for every block of zeros it writes, so they are written as something else and zeroed after. */
function withoutZeros(content) {
  const filled = Buffer.from(content);
  for (const block of zeroBlockNumbers(content)) filled.fill(0xff, block * BLOCK, (block + 1) * BLOCK);
  return filled;
}

const zeroBlocks = (entry) =>
  zeroBlockNumbers(entry.content).map((block) => `zap_block -f ${entry.path} -p 0 ${block}`);

function zeroBlockNumbers(content) {
  const numbers = Array.from({ length: Math.ceil(content.length / BLOCK) }, (_, number) => number);
  return numbers.filter((number) =>
    content.subarray(number * BLOCK, (number + 1) * BLOCK).every((byte) => byte === 0),
  );
}

const times = (path) =>
  ['atime', 'mtime', 'ctime', 'crtime'].map((field) => `sif ${path} ${field} @${EPOCH}`);

function attributes(path, mode, gid) {
  return [
    `sif ${path} mode 0${mode.toString(8)}`,
    `sif ${path} uid 0`,
    `sif ${path} gid ${gid}`,
    ...times(path),
  ];
}

/** debugfs answers 0 whatever happens, so anything it prints beside the echo of its commands is a failure. */
function debugfs(image, commands) {
  const script = ['set_current_time 20240601000000', ...commands].join('\n');
  const output = run('debugfs', ['-w', '-f', '-', image], { input: `${script}\n` });
  const complaints = output
    .split('\n')
    .filter(
      (line) => line !== '' && !/^debugfs: |^Allocated inode: \d+$|^Setting current time to /.test(line),
    );
  if (complaints.length > 0) throw new Error(`debugfs: ${complaints.join('\n')}`);
}

const sectors = (bytes) => bytes / SECTOR;

function assemble(folder) {
  const image = join(folder, 'demo.img');
  emptyFile(image, IMAGE_SIZE);
  run('sfdisk', ['--quiet', '--no-reread', '--no-tell-kernel', image], {
    input: `label: dos\nlabel-id: ${DISK_ID}\nunit: sectors\n\nstart=${sectors(BOOT.start)}, size=${sectors(BOOT.size)}, type=c, bootable\nstart=${sectors(ROOT.start)}, size=${sectors(ROOT.size)}, type=83\n`,
  });
  const descriptor = openSync(image, 'r+');
  for (const [part, { start }] of [
    [makeBoot(folder), BOOT],
    [makeRoot(folder), ROOT],
  ]) {
    const bytes = readFileSync(part);
    writeSync(descriptor, bytes, 0, bytes.length, start);
  }
  closeSync(descriptor);
  return image;
}

function updateInventory(digest) {
  const before = readFileSync(inventory, 'utf8');
  const pattern = /(file: metis\/images\/demo\.img\.zst\s+sha256: )[0-9a-f]{64}/;
  if (!pattern.test(before)) throw new Error(`${inventory}: no sha256 line below demo.img.zst`);
  writeFileSync(inventory, before.replace(pattern, `$1${digest}`));
}

const asked = process.argv[2] === '--to' ? process.argv[3] : undefined;
const destination = asked === undefined ? labImage : resolve(asked);
const folder = mkdtempSync(join(tmpdir(), 'sifaka-demo-image-'));
try {
  const image = assemble(folder);
  run('e2fsck', ['-fn', join(folder, 'root.ext4')]);
  run('fsck.vfat', ['-n', join(folder, 'boot.fat')]);
  run('zstd', ['-19', '-q', '-f', '--single-thread', image, '-o', destination]);
  const digest = createHash('sha256').update(readFileSync(destination)).digest('hex');
  if (asked === undefined) updateInventory(digest);
  console.log(`${destination}\n${statSync(destination).size} bytes, ${IMAGE_SIZE} raw\nsha256 ${digest}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
