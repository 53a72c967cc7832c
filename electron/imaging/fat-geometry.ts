/** Where the parts of a FAT volume lie; offsets and sizes in bytes from the volume's start. */
export interface FatGeometry {
  readonly bits: 12 | 16 | 32;
  readonly sectorSize: number;
  readonly clusterSize: number;
  readonly fatOffset: number;
  /** Of one FAT. */
  readonly fatSize: number;
  readonly fatCount: number;
  readonly dataOffset: number;
  /** Clusters are numbered from 2. */
  readonly clusterCount: number;
}

/**
 * Reads a FAT boot sector: Microsoft FAT32 File System Specification (fatgen103), "Boot Sector and BPB". Answers
 * `undefined` for anything that does not describe a FAT volume within `length` bytes.
 */
export function parseFatGeometry(bootSector: Buffer, length: number): FatGeometry | undefined {
  if (bootSector.readUInt16LE(510) !== 0xaa55) return undefined;
  if (bootSector[0] !== 0xeb && bootSector[0] !== 0xe9) return undefined;
  const sectorSize = bootSector.readUInt16LE(11);
  const sectorsPerCluster = bootSector.readUInt8(13);
  const reservedSectors = bootSector.readUInt16LE(14);
  const fatCount = bootSector.readUInt8(16);
  const rootEntries = bootSector.readUInt16LE(17);
  const totalSectors = bootSector.readUInt16LE(19) || bootSector.readUInt32LE(32);
  const fatSectors = bootSector.readUInt16LE(22) || bootSector.readUInt32LE(36);
  const media = bootSector.readUInt8(21);
  const sane =
    [512, 1024, 2048, 4096].includes(sectorSize) &&
    sectorsPerCluster > 0 &&
    (sectorsPerCluster & (sectorsPerCluster - 1)) === 0 &&
    reservedSectors > 0 &&
    (fatCount === 1 || fatCount === 2) &&
    (media === 0xf0 || media >= 0xf8) &&
    fatSectors > 0 &&
    totalSectors * sectorSize <= length;
  if (!sane) return undefined;
  const rootSectors = Math.ceil((rootEntries * 32) / sectorSize);
  const dataSector = reservedSectors + fatCount * fatSectors + rootSectors;
  const clusterCount = Math.floor((totalSectors - dataSector) / sectorsPerCluster);
  if (clusterCount < 1) return undefined;
  // The number of clusters alone says which kind of FAT it is.
  const bits = clusterCount < 4085 ? 12 : clusterCount < 65525 ? 16 : 32;
  if ((bits === 32) !== (rootEntries === 0)) return undefined;
  const fatSize = fatSectors * sectorSize;
  if (Math.ceil(((clusterCount + 2) * bits) / 8) > fatSize) return undefined;
  return {
    bits,
    sectorSize,
    clusterSize: sectorsPerCluster * sectorSize,
    fatOffset: reservedSectors * sectorSize,
    fatSize,
    fatCount,
    dataOffset: dataSector * sectorSize,
    clusterCount,
  };
}
