import { cancelled, Problem } from '../../shared/problem.ts';
import type { BlockSource, ByteRange } from './block-source.ts';
import { closeGaps, intersectRanges, joinRanges, roundOutwards, subtractRanges } from './byte-ranges.ts';
import type { CardImage, ImageFacts, Injection, Partition, PathInfo } from './card-image.ts';
import { Ext4Volume } from './ext4.ts';
import { readExt4Superblock } from './ext4-superblock.ts';
import { FatVolume } from './fat.ts';
import { FileSource } from './file-source.ts';
import { CopyOnWriteOverlay, OVERLAY_BLOCK_SIZE } from './overlay.ts';
import { readPartitionTable } from './partition-table.ts';
import { PartitionView, WritablePartitionView } from './partition-view.ts';
import type { Volume } from './volume.ts';

const DEFAULT_DELTA_LIMIT = 512 * 2 ** 20;
const LARGEST_GAP = 64 * 1024;
/** How much more than necessary may be written for the sake of fewer, larger writes. */
const GAP_SHARE = 0.02;
/** A volume that is only read writes no time; it needs a clock nevertheless. */
const NO_TIME = new Date(0);

export interface OpenCardImageOptions {
  /** Bytes the changes may take in memory before they are refused with INJECTION_TOO_LARGE; 512 MiB unless told. */
  readonly deltaLimit?: number;
}

/**
 * Opens a golden image for reading and for changes that never touch it. A path is a raw image file, closed again by
 * `close()`. IMAGE_FILE_MISSING, IMAGE_TRUNCATED, IMAGE_LAYOUT_UNSUPPORTED.
 */
export async function openCardImage(
  source: string | BlockSource,
  options: OpenCardImageOptions = {},
): Promise<CardImage> {
  const deltaLimit = options.deltaLimit ?? DEFAULT_DELTA_LIMIT;
  if (typeof source !== 'string') {
    return new OverlaidImage(source, await readPartitionTable(source), deltaLimit, () => undefined);
  }
  const file = FileSource.open(source);
  try {
    return new OverlaidImage(file, await readPartitionTable(file), deltaLimit, () => {
      file.close();
    });
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Partitions and blocks in use of a raw image file; reads it only. Refusals as for {@link openCardImage}. */
export async function readImageFacts(path: string): Promise<ImageFacts> {
  const image = await openCardImage(path);
  try {
    return { size: image.size, partitions: image.partitions, mapped: await image.mapped() };
  } finally {
    image.close();
  }
}

class OverlaidImage implements CardImage {
  readonly size: number;
  readonly partitions: readonly Partition[];
  readonly #overlay: CopyOnWriteOverlay;
  readonly #deltaLimit: number;
  readonly #closeBase: () => void;
  /** Volumes opened for reading; a change makes them stale. */
  readonly #readers = new Map<number, Promise<Volume>>();
  /** What each partition's file system marks free, in the image's offsets; a change brings its own. */
  readonly #free = new Map<number, readonly ByteRange[]>();
  /** Calls wait for each other: neither library can do two things at a time. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(
    base: BlockSource,
    partitions: readonly Partition[],
    deltaLimit: number,
    closeBase: () => void,
  ) {
    this.size = base.size;
    this.partitions = partitions;
    this.#overlay = new CopyOnWriteOverlay(base, deltaLimit);
    this.#deltaLimit = deltaLimit;
    this.#closeBase = closeBase;
  }

  read(buffer: Uint8Array, offset: number): void {
    this.#overlay.read(buffer, offset);
  }

  stat(partition: number, path: string): Promise<PathInfo | undefined> {
    return this.#inTurn(async () => await (await this.#reader(partition)).stat(path));
  }

  readFile(partition: number, path: string, limitBytes: number): Promise<Uint8Array | undefined> {
    return this.#inTurn(async () => await (await this.#reader(partition)).readFile(path, limitBytes));
  }

  inject(
    changes: readonly Injection[],
    options: { clock: Date; signal?: AbortSignal; onProgress?: (done: number, total: number) => void },
  ): Promise<void> {
    return this.#inTurn(async () => {
      // All or nothing: the changes go into a delta of their own, which is dropped when one of them fails.
      const attempt = new CopyOnWriteOverlay(this.#overlay, this.#deltaLimit);
      const free = new Map<number, readonly ByteRange[]>();
      let done = 0;
      for (const number of new Set(changes.map((change) => change.partition))) {
        const place = this.#partition(number);
        const volume = await openVolume(new WritablePartitionView(attempt, place), place, options.clock);
        for (const change of changes.filter((candidate) => candidate.partition === number)) {
          if (options.signal?.aborted) throw cancelled('Nothing was written.');
          await volume.apply(change, options.signal);
          done += 1;
          options.onProgress?.(done, changes.length);
        }
        await volume.close();
        free.set(number, await this.#eraseFreed(attempt, place));
      }
      this.#overlay.absorb(attempt);
      this.#readers.clear();
      for (const [number, ranges] of free) this.#free.set(number, ranges);
    });
  }

  mapped(): Promise<ByteRange[]> {
    return this.#inTurn(async () => {
      const free: (readonly ByteRange[])[] = [];
      for (const partition of this.partitions) free.push(await this.#freeRanges(partition));
      const used = subtractRanges([{ offset: 0, length: this.size }], joinRanges(free.flat()));
      return closeGaps(roundOutwards(used, OVERLAY_BLOCK_SIZE, this.size), LARGEST_GAP, GAP_SHARE);
    });
  }

  changed(): ByteRange[] {
    return this.#overlay.changed();
  }

  close(): void {
    this.#readers.clear();
    this.#closeBase();
  }

  /**
   * What was in use or was written, and is free now, becomes zeros: the map may take in free blocks between used ones,
   * and what was replaced (a secret, perhaps) must not reach the card with them. Answers what is free: only content was
   * erased, nothing that says so.
   */
  async #eraseFreed(attempt: CopyOnWriteOverlay, place: Partition): Promise<readonly ByteRange[]> {
    const whole = [{ offset: place.offset, length: place.length }];
    const freeNow = await freeRangesOf(attempt, place);
    const usedBefore = subtractRanges(whole, await this.#freeRanges(place));
    const touched = joinRanges([...usedBefore, ...intersectRanges(attempt.changed(), whole)]);
    for (const range of intersectRanges(freeNow, touched)) attempt.erase(range.offset, range.length);
    return freeNow;
  }

  async #freeRanges(partition: Partition): Promise<readonly ByteRange[]> {
    const known = this.#free.get(partition.number);
    if (known) return known;
    const free = await freeRangesOf(this.#overlay, partition);
    this.#free.set(partition.number, free);
    return free;
  }

  #reader(number: number): Promise<Volume> {
    const open = this.#readers.get(number);
    if (open) return open;
    const place = this.#partition(number);
    const volume = openVolume(new PartitionView(this.#overlay, place), place, NO_TIME);
    this.#readers.set(number, volume);
    return volume;
  }

  #partition(number: number): Partition {
    const partition = this.partitions.find((candidate) => candidate.number === number);
    if (partition) return partition;
    throw new Problem('IMAGE_LAYOUT_UNSUPPORTED', {
      what: `The image has no partition ${number}; it has ${this.partitions.map((found) => found.number).join(', ')}.`,
      state: 'Nothing was written.',
      next: 'Correct the partition numbers of the image in the inventory.',
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work);
    // Who asked hears of a failure; the next one in the queue starts all the same.
    this.#queue = result.catch(() => undefined);
    return result;
  }
}

async function openVolume(view: PartitionView, partition: Partition, now: Date): Promise<Volume> {
  if (partition.fileSystem === 'ext4') return await Ext4Volume.open(view, partition.number, now);
  if (partition.fileSystem === 'fat') return await FatVolume.open(view, partition.number, now);
  throw new Problem('IMAGE_LAYOUT_UNSUPPORTED', {
    what: `Partition ${partition.number} of the image holds neither ext4 nor FAT.`,
    state: 'Nothing was written.',
    next: 'Correct the partition numbers of the image in the inventory, or use another image.',
  });
}

/** What a partition's file system marks free, in the image's offsets; nothing where it is not known for sure. */
async function freeRangesOf(source: BlockSource, partition: Partition): Promise<ByteRange[]> {
  if (partition.fileSystem === 'unknown') return [];
  const view = new PartitionView(source, partition);
  if (partition.fileSystem === 'ext4' && !readExt4Superblock(view, partition.number).featuresKnown) return [];
  const volume = await openVolume(view, partition, NO_TIME);
  const free = await volume.freeRanges();
  await volume.close();
  return free.map((range) => ({ offset: partition.offset + range.offset, length: range.length }));
}
