import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestContext } from 'vitest';
import { loopControl } from '../loop-numbers.ts';
import { requireTools, unproven } from '../required-tools.ts';

const execute = promisify(execFile);
const mebibyte = 1024 * 1024;

/**
 * What a homelab's folders lie on, as small as each can be made. exFAT is the FAT-like one: whole seconds, one case, no links,
 * no owners, UTF-8 only; it is by FUSE, since few kernels of build machines have it.
 */
const kinds = {
  ext4: { make: ['mkfs.ext4', '-q', '-F'], mebibytes: 32, again: [] },
  xfs: { make: ['mkfs.xfs', '-q'], mebibytes: 300, again: ['nouuid'] },
  btrfs: { make: ['mkfs.btrfs', '-q'], mebibytes: 128, again: [] },
  exfat: { make: ['mkfs.exfat'], mebibytes: 24, again: [] },
} as const;
export type FileSystemKind = keyof typeof kinds;
export const fileSystemKinds: readonly FileSystemKind[] = ['ext4', 'xfs', 'btrfs', 'exfat'];

/** Skips the test loudly where such a file system cannot be made and mounted. */
export function requireFileSystems(context: TestContext, ...wanted: readonly FileSystemKind[]): void {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) unproven(context, 'needs root on Linux');
  requireTools(context, 'flock', 'losetup', 'mount', 'umount', ...wanted.map((kind) => kinds[kind].make[0]));
  if (!wanted.includes('exfat')) return;
  requireTools(context, 'mount.exfat-fuse');
  if (!existsSync('/dev/fuse')) unproven(context, 'needs FUSE');
}

/** Unmounted, and its image removed, when it is disposed of. */
export interface MountedFileSystem extends AsyncDisposable {
  readonly kind: FileSystemKind;
  /** Where it is mounted; absolute, without links on the way. */
  readonly path: string;
  /**
   * What a disk would hold if the power went now: what the kernel has not written yet is not in it. It is mounted beside, as
   * at the next start: the journal is replayed.
   */
  afterPowerCut(): Promise<MountedFileSystem>;
  /** Taken out and put in again: through FUSE, files have what was written only from then on. */
  again(): Promise<void>;
}

/** `mebibytes`: the device's size, at least what the kind needs. */
export async function mountFileSystem(kind: FileSystemKind, mebibytes?: number): Promise<MountedFileSystem> {
  const { make } = kinds[kind];
  const folder = await realpath(await mkdtemp(join(tmpdir(), `sifaka-${kind}-`)));
  try {
    const image = join(folder, 'image');
    await using file = await open(image, 'wx');
    await file.truncate(Math.max(mebibytes ?? 0, kinds[kind].mebibytes) * mebibyte);
    await execute(make[0], [...make.slice(1), image]);
    return await mount(kind, folder, image, []);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function mount(
  kind: FileSystemKind,
  folder: string,
  image: string,
  options: readonly string[],
): Promise<MountedFileSystem> {
  const path = join(folder, 'mount');
  await mkdir(path);
  // What is unmounted here is so, too, in the mounts that another test's programs begin with: theirs would keep it alive.
  await execute('mount', ['--bind', folder, folder]);
  await execute('mount', ['--make-shared', folder]);
  let device: string | undefined;
  const end = async () => {
    if (device !== undefined) await execute('losetup', ['--detach', device]);
    // A loop device may let go of its image a moment later.
    await execute('umount', ['--lazy', folder]);
  };
  const putIn = async () =>
    device === undefined
      ? execute('flock', [loopControl, 'mount', '-o', ['loop', ...options].join(','), image, path])
      : execute('mount.exfat-fuse', [device, path]);
  try {
    if (kind === 'exfat') {
      const { stdout } = await execute('flock', [loopControl, 'losetup', '--find', '--show', image]);
      device = stdout.trim();
    }
    await putIn();
  } catch (error) {
    await end();
    throw error;
  }
  return {
    kind,
    path,
    async afterPowerCut() {
      const later = await mkdtemp(join(tmpdir(), `sifaka-${kind}-later-`));
      const copy = join(later, 'image');
      await execute('cp', ['--sparse=always', image, copy]);
      return mount(kind, later, copy, kinds[kind].again);
    },
    async again() {
      await takeOut(path);
      await putIn();
    },
    async [Symbol.asyncDispose]() {
      await takeOut(path);
      await end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Threads that only read are not waited for by a sync, and may still be in it. */
async function takeOut(path: string): Promise<void> {
  for (let looks = 1; ; looks += 1) {
    try {
      await execute('umount', [path]);
      return;
    } catch (error) {
      if (looks === 200 || !String(error).includes('busy')) throw error;
      await new Promise((wake) => setTimeout(wake, 100));
    }
  }
}
