import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open, readFile, rename, rm, truncate } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Programs that make the image; the last two stand for the packages grub-pc-bin and dosfstools. */
export const goldenImageTools = [
  'mmdebstrap',
  'sfdisk',
  'mke2fs',
  'mcopy',
  'zstd',
  'grub-mkimage',
  'mkfs.vfat',
];

const execute = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const suite = 'bookworm';
const packages = [
  'dbus',
  'ifupdown',
  'initramfs-tools',
  'iproute2',
  'kmod',
  'linux-image-cloud-amd64',
  'netplan.io',
  'openssh-server',
  'sudo',
  'systemd-sysv',
  'udev',
  'zstd',
];

const MiB = 1 << 20;
/** Where each partition lies. The first MiB holds the partition table and all of GRUB: what a burn writes last. */
export const cardLayout = {
  boot: { start: MiB, size: 64 * MiB },
  root: { start: 65 * MiB, size: 640 * MiB },
  end: 706 * MiB,
};

/**
 * A Debian 12 card for a PC with a BIOS, as `.img.zst`: FAT boot partition 1 (kernel, initial RAM disk, GRUB's
 * configuration), ext4 root partition 2, GRUB in the gap after the partition table. Needs root, the network once, and
 * neither a loop device nor a mount.
 *
 * Kept below the user's cache folder under a digest of everything it is made from; SIFAKA_TEST_CACHE moves it.
 */
export async function goldenImage(): Promise<string> {
  const digest = createHash('sha256').update(JSON.stringify([suite, packages, cardLayout]));
  for (const name of ['golden-root.sh', 'grub.cfg', 'make-golden-image.ts'])
    digest.update(await readFile(join(here, name)));
  const folder = join(testCache(), 'golden-images');
  const image = join(folder, `debian-12-amd64-${digest.digest('hex').slice(0, 16)}.img.zst`);
  if (existsSync(image)) return image;
  await mkdir(folder, { recursive: true });
  const work = await mkdtemp(join(tmpdir(), 'sifaka-golden-image-'));
  const arriving = `${image}.${process.pid}`;
  try {
    await makeRoot(work);
    await makeImage(work);
    await run('zstd', ['-3', '-T0', '-q', '-f', join(work, 'card.img'), '-o', arriving]);
    await rename(arriving, image);
  } finally {
    await rm(arriving, { force: true });
    await rm(work, { recursive: true, force: true });
  }
  return image;
}

/** A folder that outlives the run, for what is dear to make and may go at any time. */
export function testCache(): string {
  const caches = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return process.env['SIFAKA_TEST_CACHE'] ?? join(caches, 'sifaka-tests');
}

async function makeRoot(work: string): Promise<void> {
  const script = join(here, 'golden-root.sh');
  await run('mmdebstrap', [
    '--mode=root',
    '--variant=minbase',
    '--architectures=amd64',
    `--include=${packages.join(',')}`,
    '--aptopt=APT::Install-Recommends "false"',
    '--dpkgopt=force-unsafe-io',
    ...['doc', 'man', 'locale', 'info'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
    `--essential-hook='${script}' before-packages "$1"`,
    `--customize-hook='${script}' after-packages "$1"`,
    suite,
    join(work, 'root'),
  ]);
}

async function makeImage(work: string): Promise<void> {
  const image = join(work, 'card.img');
  const root = join(work, 'root');
  const fat = `${image}@@${cardLayout.boot.start}`;
  await (await open(image, 'wx')).close();
  await truncate(image, cardLayout.end);
  await run(
    'sfdisk',
    ['--quiet', '--no-reread', '--no-tell-kernel', image],
    `label: dos\n${sectors(cardLayout.boot)}, type=c, bootable\n${sectors(cardLayout.root)}, type=83\n`,
  );
  const offset = String(cardLayout.boot.start / 512);
  const kib = String(cardLayout.boot.size / 1024);
  await run('mkfs.vfat', ['-F', '32', '-s', '1', '-n', 'GOLDENBOOT', '--offset', offset, image, kib]);
  await run('mmd', ['-i', fat, '::/grub']);
  await run('mcopy', ['-i', fat, join(here, 'grub.cfg'), '::/grub/grub.cfg']);
  for (const name of ['vmlinuz', 'initrd.img'])
    await run('mcopy', ['-i', fat, join(root, name), `::/${name}`]);
  // The node has them on its boot partition; only the modules belong to the root file system.
  await rm(join(root, 'boot'), { recursive: true });
  await mkdir(join(root, 'boot', 'firmware'), { recursive: true });
  const filesystem = [
    '-q',
    '-t',
    'ext4',
    '-L',
    'golden-root',
    '-d',
    root,
    '-E',
    `offset=${cardLayout.root.start}`,
  ];
  await run('mke2fs', [...filesystem, image, `${cardLayout.root.size / 1024}k`]);
  await addGrub(work, image);
}

/**
 * boot.img's code before the partition table, core.img from the second sector on: what grub-bios-setup does, whose
 * defaults are right for a gap that begins there (GRUB's boot/i386/pc/boot.S, diskboot.S).
 */
async function addGrub(work: string, image: string): Promise<void> {
  const core = join(work, 'core.img');
  const modules = [
    'biosdisk',
    'part_msdos',
    'fat',
    'normal',
    'configfile',
    'linux',
    'serial',
    'terminal',
    'test',
  ];
  await run('grub-mkimage', ['-O', 'i386-pc', '-p', '(hd0,msdos1)/grub', '-o', core, ...modules]);
  const bootCode = (await readFile('/usr/lib/grub/i386-pc/boot.img')).subarray(0, 440);
  const coreImage = await readFile(core);
  if (512 + coreImage.length > cardLayout.boot.start)
    throw new Error('GRUB does not fit before the first partition');
  const file = await open(image, 'r+');
  try {
    await file.write(bootCode, 0, bootCode.length, 0);
    await file.write(coreImage, 0, coreImage.length, 512);
  } finally {
    await file.close();
  }
}

const sectors = ({ start, size }: { start: number; size: number }) =>
  `start=${start / 512}, size=${size / 512}`;

/** Runs a program of the recipe; what it said stands in the error. */
async function run(program: string, args: readonly string[], input = ''): Promise<void> {
  const running = execute(program, args, {
    env: {
      ...process.env,
      PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`,
      LC_ALL: 'C',
      MTOOLS_SKIP_CHECK: '1',
    },
    maxBuffer: 64 * MiB,
  });
  running.child.stdin?.end(input);
  await running;
}
