import type { BlockSource } from './block-source.ts';
import type { Partition } from './card-image.ts';
import { parseFatGeometry } from './fat-geometry.ts';

const SUPERBLOCK_OFFSET = 1024;
const EXT_MAGIC_OFFSET = SUPERBLOCK_OFFSET + 56;
const EXT_MAGIC = 0xef53;

/**
 * What a partition holds, by its content: the ext superblock's magic, or a boot sector that describes a FAT which fits
 * the partition. Everything else is `unknown`, and is copied as it is.
 */
export function recogniseFileSystem(
  source: BlockSource,
  offset: number,
  length: number,
): Partition['fileSystem'] {
  if (length < 2 * SUPERBLOCK_OFFSET) return 'unknown';
  const head = Buffer.alloc(2 * SUPERBLOCK_OFFSET);
  source.read(head, offset);
  if (head.readUInt16LE(EXT_MAGIC_OFFSET) === EXT_MAGIC) return 'ext4';
  return parseFatGeometry(head.subarray(0, 512), length) ? 'fat' : 'unknown';
}
