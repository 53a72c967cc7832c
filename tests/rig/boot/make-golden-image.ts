import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open, readFile, rename, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Architecture } from './architecture.ts';
import { installBootLoader } from './boot-loader.ts';
import { testCache } from '../test-cache.ts';
import { registerArm64 } from './foreign-programs.ts';
import { runProgram } from './run-program.ts';

/** Programs that make the image, on every architecture. */
export const goldenImageTools = ['mmdebstrap', 'sfdisk', 'mke2fs', 'mcopy', 'zstd', 'mkfs.vfat'];

const here = fileURLToPath(new URL('.', import.meta.url));
const suite = 'bookworm';
const packages = [
  'dbus',
  'initramfs-tools',
  'iproute2',
  'kmod',
  'openssh-server',
  'sudo',
  'systemd-sysv',
  'udev',
  'zstd',
];

const MiB = 1 << 20;
/** Where each partition lies. What stands before them a burn writes last: the partition table, and GRUB if it is there. */
export const cardLayout = {
  boot: { start: MiB, size: 64 * MiB },
  root: { start: 65 * MiB, size: 640 * MiB },
  end: 706 * MiB,
};

/**
 * A Debian 12 card that boots by itself, as `.img.zst`: FAT boot partition 1 (kernel, initial RAM disk, the boot loader's
 * configuration), ext4 root partition 2. Needs root, the network once, and neither a loop device nor a mount.
 *
 * Kept below the user's cache folder under a digest of everything it is made from; SIFAKA_TEST_CACHE moves it.
 */
export async function goldenImage(architecture: Architecture): Promise<string> {
  const digest = createHash('sha256').update(JSON.stringify([suite, packages, architecture, cardLayout]));
  for (const name of ['golden-root.sh', 'architecture.ts', 'boot-loader.ts', 'make-golden-image.ts'])
    digest.update(await readFile(join(here, name)));
  const folder = join(testCache(), 'golden-images');
  const name = `debian-12-${architecture.name}-${digest.digest('hex').slice(0, 16)}.img.zst`;
  const image = join(folder, name);
  if (existsSync(image)) return image;
  await mkdir(folder, { recursive: true });
  const work = await mkdtemp(join(tmpdir(), 'sifaka-golden-image-'));
  const arriving = `${image}.${process.pid}`;
  try {
    await makeRoot(work, architecture);
    await makeImage(work, architecture);
    await runProgram('zstd', ['-3', '-T0', '-q', '-f', join(work, 'card.img'), '-o', arriving]);
    await rename(arriving, image);
  } finally {
    await rm(arriving, { force: true });
    await rm(work, { recursive: true, force: true });
  }
  return image;
}

async function makeRoot(work: string, { name, packages: more }: Architecture): Promise<void> {
  const script = join(here, 'golden-root.sh');
  if (name === 'arm64') await registerArm64();
  await runProgram('mmdebstrap', [
    '--mode=root',
    '--variant=minbase',
    `--architectures=${name}`,
    `--include=${[...packages, ...more].join(',')}`,
    '--aptopt=APT::Install-Recommends "false"',
    '--dpkgopt=force-unsafe-io',
    ...['doc', 'man', 'locale', 'info'].map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`),
    `--essential-hook='${script}' before-packages "$1"`,
    `--customize-hook='${script}' after-packages "$1"`,
    suite,
    join(work, 'root'),
  ]);
}

async function makeImage(work: string, architecture: Architecture): Promise<void> {
  const image = join(work, 'card.img');
  const root = join(work, 'root');
  const fat = `${image}@@${cardLayout.boot.start}`;
  await (await open(image, 'wx')).close();
  await truncate(image, cardLayout.end);
  await runProgram(
    'sfdisk',
    ['--quiet', '--no-reread', '--no-tell-kernel', image],
    `label: dos\n${sectors(cardLayout.boot)}, type=c, bootable\n${sectors(cardLayout.root)}, type=83\n`,
  );
  const offset = String(cardLayout.boot.start / 512);
  const kib = String(cardLayout.boot.size / 1024);
  await runProgram('mkfs.vfat', ['-F', '32', '-s', '1', '-n', 'GOLDENBOOT', '--offset', offset, image, kib]);
  for (const name of ['vmlinuz', 'initrd.img'])
    await runProgram('mcopy', ['-i', fat, join(root, name), `::/${name}`]);
  await installBootLoader({ work, image, root, fat, gap: cardLayout.boot.start, architecture });
  // The node has them on its boot partition; only the modules belong to the root file system.
  await rm(join(root, 'boot'), { recursive: true });
  await mkdir(join(root, 'boot', 'firmware'), { recursive: true });
  const filesystem = ['-q', '-t', 'ext4', '-L', 'golden-root', '-d', root];
  const place = ['-E', `offset=${cardLayout.root.start}`, image, `${cardLayout.root.size / 1024}k`];
  await runProgram('mke2fs', [...filesystem, ...place]);
}

const sectors = ({ start, size }: { start: number; size: number }) =>
  `start=${start / 512}, size=${size / 512}`;
