import { Problem } from '../../shared/problem.ts';
import type { BlockSource } from './block-source.ts';

/** Fields and flags as in the Linux kernel's Documentation/filesystems/ext4/super.rst. */
const STATE_CLEAN = 0x1;
const STATE_ERRORS = 0x2;
const INCOMPAT_RECOVER = 0x4;
const RO_COMPAT_ORPHAN_PRESENT = 0x10000;
/** filetype, meta_bg, extents, 64bit, flex_bg, metadata_csum_seed, large_dir */
const INCOMPAT_KNOWN = 0x2 | 0x10 | 0x40 | 0x80 | 0x200 | 0x2000 | 0x4000;
/** sparse_super, large_file, btree_dir, huge_file, uninit_bg, dir_nlink, extra_isize, metadata_csum, verity */
const RO_COMPAT_KNOWN = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x20 | 0x40 | 0x400 | 0x8000;

export interface Ext4Superblock {
  readonly blockSize: number;
  /** Whether every feature is one whose block bitmaps and files we can be sure of. */
  readonly featuresKnown: boolean;
}

/**
 * Reads what must be right before the volume is handed to libext2fs. A volume that was not unmounted cleanly is
 * IMAGE_LAYOUT_UNSUPPORTED: its journal holds what its bitmaps do not say yet.
 */
export function readExt4Superblock(volume: BlockSource, partition: number): Ext4Superblock {
  const block = Buffer.alloc(1024);
  volume.read(block, 1024);
  const logBlockSize = block.readUInt32LE(24);
  const blockSize = 1024 * 2 ** Math.min(logBlockSize, 10);
  const incompat = block.readUInt32LE(96);
  const roCompat = block.readUInt32LE(100);
  const is64Bit = (incompat & 0x80) !== 0;
  const blocks = block.readUInt32LE(4) + (is64Bit ? block.readUInt32LE(336) * 2 ** 32 : 0);
  const inodeSize = block.readUInt32LE(76) === 0 ? 128 : block.readUInt16LE(88);
  const sane =
    logBlockSize <= 4 &&
    blocks > 0 &&
    blocks * blockSize <= volume.size &&
    block.readUInt32LE(20) <= 1 &&
    block.readUInt32LE(32) >= 8 &&
    block.readUInt32LE(40) > 0 &&
    inodeSize >= 128 &&
    inodeSize <= blockSize &&
    (inodeSize & (inodeSize - 1)) === 0;
  if (!sane) {
    throw unsupported(
      `The ext4 file system on partition ${partition} is damaged or larger than its partition.`,
      'Check the image file; if it is whole, make it again.',
    );
  }
  const state = block.readUInt16LE(58);
  const unclean =
    (state & STATE_CLEAN) === 0 ||
    (state & STATE_ERRORS) !== 0 ||
    (incompat & INCOMPAT_RECOVER) !== 0 ||
    (roCompat & RO_COMPAT_ORPHAN_PRESENT) !== 0 ||
    block.readUInt32LE(232) !== 0;
  if (unclean) {
    throw unsupported(
      `The ext4 file system on partition ${partition} was not unmounted cleanly.`,
      'Mount and unmount it cleanly, or run e2fsck on it, and make the golden image again.',
    );
  }
  return {
    blockSize,
    featuresKnown: (incompat & ~INCOMPAT_KNOWN) === 0 && (roCompat & ~RO_COMPAT_KNOWN) === 0,
  };
}

function unsupported(what: string, next: string): Problem {
  return new Problem('IMAGE_LAYOUT_UNSUPPORTED', { what, state: 'Nothing was written.', next });
}
