import { closeSync, openSync, readFileSync, readSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import type { BlockSource } from '../../../electron/imaging/block-source.ts';
import type { CardImage } from '../../../electron/imaging/card-image.ts';
import { run } from './tools.ts';

const MIB = 2 ** 20;

/** mke2fs' switches for Debian 12's defaults, and for what newer systems add to them. */
export const DEBIAN_12 = ['-t', 'ext4'];
export const DEBIAN_13 = ['-t', 'ext4', '-O', 'metadata_csum_seed,orphan_file'];

export interface VolumeRecipe {
  readonly kind: 'ext4' | 'fat' | 'raw';
  readonly mib: number;
  /** Further switches for mke2fs or mkfs.vfat. */
  readonly options?: readonly string[];
  /** A folder whose content an ext4 volume gets. */
  readonly content?: string;
  /** Bytes of a raw one. */
  readonly bytes?: Uint8Array;
}

/** Makes a raw image with a partition table and volumes, one after the other from 1 MiB on. */
export function makeImage(file: string, label: 'dos' | 'gpt', volumes: readonly VolumeRecipe[]): void {
  const mib = volumes.reduce((sum, volume) => sum + volume.mib, 2);
  writeFileSync(file, '');
  truncateSync(file, mib * MIB);
  let start = 1;
  const lines = volumes.map((volume) => {
    const type = label === 'gpt' ? 'linux' : volume.kind === 'fat' ? 'c' : '83';
    const line = `start=${start * 2048},size=${volume.mib * 2048},type=${type}`;
    start += volume.mib;
    return line;
  });
  run('sfdisk', ['-q', file], `label: ${label}\n${lines.join('\n')}\n`);
  let at = MIB;
  for (const volume of volumes) {
    const part = `${file}.part`;
    makeVolume(part, volume);
    pasteSparse(part, file, at);
    writeFileSync(part, '');
    at += volume.mib * MIB;
  }
}

export function makeVolume(file: string, { kind, mib, options = [], content, bytes }: VolumeRecipe): void {
  writeFileSync(file, bytes ?? '');
  truncateSync(file, mib * MIB);
  if (kind === 'ext4') {
    const from = content === undefined ? [] : ['-d', content];
    // What mke2fs copies gets today's ids otherwise.
    run('mke2fs', ['-q', '-F', ...options, ...from, '-E', 'root_owner=0:0', file]);
  } else if (kind === 'fat') {
    run('mkfs.vfat', [...options, '-n', 'BOOT', file]);
  }
}

/** Copies what is not zero. */
function pasteSparse(from: string, to: string, at: number): void {
  const source = readFileSync(from);
  const descriptor = openSync(to, 'r+');
  const zeros = Buffer.alloc(65536);
  for (let offset = 0; offset < source.length; offset += zeros.length) {
    const part = source.subarray(offset, offset + zeros.length);
    if (!part.equals(zeros.subarray(0, part.length)))
      writeSync(descriptor, part, 0, part.length, at + offset);
  }
  closeSync(descriptor);
}

export function contentOf(source: BlockSource): Buffer {
  const bytes = Buffer.alloc(source.size);
  source.read(bytes, 0);
  return bytes;
}

/** Writes a partition of an image with its changes into a file of its own, for other people's tools. */
export function cutPartition(image: CardImage, number: number, to: string): string {
  const partition = image.partitions.find((candidate) => candidate.number === number);
  if (!partition) throw new Error(`no partition ${number}`);
  const bytes = Buffer.alloc(partition.length);
  image.read(bytes, partition.offset);
  writeFileSync(to, bytes);
  return to;
}

export function readAt(file: string, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const descriptor = openSync(file, 'r');
  readSync(descriptor, bytes, 0, length, offset);
  closeSync(descriptor);
  return bytes;
}

export function overwriteAt(file: string, offset: number, bytes: Uint8Array): void {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, bytes, 0, bytes.length, offset);
  closeSync(descriptor);
}

/** Bytes that look random and are the same every time. */
export function noise(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(Math.ceil(length / 4) * 4);
  let state = seed >>> 0 || 1;
  for (let at = 0; at < bytes.length; at += 4) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes.writeInt32LE(state | 0, at);
  }
  return bytes.subarray(0, length);
}
