import type { BlockSource, ByteRange } from './block-source.ts';
import { joinRanges } from './byte-ranges.ts';
import type { FatGeometry } from './fat-geometry.ts';

/**
 * The clusters a FAT marks free, as byte ranges from the volume's start: those whose entry is 0. Bad clusters, ends of
 * chains, the reserved area, the FATs and the root directory are in use. With two FATs, a cluster is free only if both
 * say so: which of them a system believes is not ours to guess.
 */
export function freeFatRanges(volume: BlockSource, geometry: FatGeometry): ByteRange[] {
  const tables = Array.from({ length: geometry.fatCount }, (_, index) => {
    const table = Buffer.alloc(geometry.fatSize);
    volume.read(table, geometry.fatOffset + index * geometry.fatSize);
    return table;
  });
  const free: ByteRange[] = [];
  for (let cluster = 2; cluster < geometry.clusterCount + 2; cluster += 1) {
    if (tables.every((table) => entryOf(table, cluster, geometry.bits) === 0)) {
      free.push({
        offset: geometry.dataOffset + (cluster - 2) * geometry.clusterSize,
        length: geometry.clusterSize,
      });
    }
  }
  return joinRanges(free);
}

function entryOf(table: Buffer, cluster: number, bits: FatGeometry['bits']): number {
  if (bits === 32) return table.readUInt32LE(cluster * 4) & 0x0fffffff;
  if (bits === 16) return table.readUInt16LE(cluster * 2);
  const pair = table.readUInt16LE(cluster + (cluster >> 1));
  return cluster % 2 === 0 ? pair & 0xfff : pair >> 4;
}
