import * as fatfs from 'js-fatfs';
import { cancelled, Problem } from '../../shared/problem.ts';
import type { ByteRange } from './block-source.ts';
import type { Injection, PathInfo } from './card-image.ts';
import { freeFatRanges } from './fat-block-map.ts';
import { FatDisk } from './fat-disk.ts';
import { type FatGeometry, parseFatGeometry } from './fat-geometry.ts';
import { createFatFs } from './fatfs-instance.ts';
import { conflict, splitImagePath } from './image-path.ts';
import type { PartitionView } from './partition-view.ts';
import type { Volume } from './volume.ts';

const CHUNK_SIZE = 1024 * 1024;
/** Not allowed in long names: fatgen103, "Long Directory Entries". FatFs would also drop dots and spaces at the end. */
// oxlint-disable-next-line no-control-regex
const FORBIDDEN_IN_NAME = /[\u0000-\u001f"*:<>?|\\\u007f]|[. ]$/;

/** A FAT12, FAT16 or FAT32 volume through FatFs; long names, no owners, no modes, no symlinks. */
export class FatVolume implements Volume {
  readonly #view: PartitionView;
  readonly #geometry: FatGeometry;
  readonly #disk: FatDisk;
  readonly #fatfs: fatfs.FatFs;
  readonly #partition: number;

  private constructor(
    parts: { view: PartitionView; geometry: FatGeometry; disk: FatDisk; fatfs: fatfs.FatFs },
    partition: number,
  ) {
    this.#view = parts.view;
    this.#geometry = parts.geometry;
    this.#disk = parts.disk;
    this.#fatfs = parts.fatfs;
    this.#partition = partition;
  }

  /** Every time that is written is `now` in UTC. Changes are possible when `view` is writable. */
  static async open(view: PartitionView, partition: number, now: Date): Promise<FatVolume> {
    const geometry = readGeometry(view);
    if (!geometry) throw damaged(partition);
    const disk = new FatDisk(view, geometry.sectorSize);
    const instance = await createFatFs(disk, now);
    const volume = new FatVolume({ view, geometry, disk, fatfs: instance }, partition);
    volume.#check(instance.f_mount(instance.malloc(fatfs.sizeof_FATFS), '', 1), '/');
    return volume;
  }

  async stat(path: string): Promise<PathInfo | undefined> {
    return this.#stat(splitImagePath(path));
  }

  async readFile(path: string, limitBytes: number): Promise<Uint8Array | undefined> {
    const info = this.#stat(splitImagePath(path));
    if (info?.kind !== 'file') return undefined;
    if (info.size > limitBytes) {
      throw new Problem('INJECTION_TOO_LARGE', {
        what: `${path} in the image has ${info.size} bytes, more than the ${limitBytes} that are expected there.`,
        state: 'Nothing was written.',
        next: 'Look at that file in the golden image.',
      });
    }
    const content = new Uint8Array(info.size);
    this.#withFile(path, fatfs.FA_READ | fatfs.FA_OPEN_EXISTING, (file) => {
      this.#withBuffer(CHUNK_SIZE, (buffer, counter) => {
        for (let position = 0; position < content.length; ) {
          const wanted = Math.min(CHUNK_SIZE, content.length - position);
          this.#check(this.#fatfs.f_read(file, buffer, wanted, counter), path);
          const got = this.#fatfs.getValue(counter, 'i32');
          if (got <= 0) throw damaged(this.#partition);
          content.set(this.#fatfs.HEAPU8.subarray(buffer, buffer + got), position);
          position += got;
        }
      });
    });
    return content;
  }

  async freeRanges(): Promise<ByteRange[]> {
    return freeFatRanges(this.#view, this.#geometry);
  }

  async apply(change: Injection, signal: AbortSignal | undefined): Promise<void> {
    const names = splitImagePath(change.path);
    const unfit = names.find((name) => FORBIDDEN_IN_NAME.test(name) || name.length > 255);
    if (unfit !== undefined) {
      throw conflict(
        `The name ${JSON.stringify(unfit)} cannot be put onto a FAT partition.`,
        'Use another name.',
      );
    }
    if (change.kind === 'symlink') {
      throw conflict(`${change.path} is a symlink, but FAT has none.`, 'Put a file there instead.');
    }
    for (let depth = 1; depth < names.length; depth += 1) this.#makeDirectory(names.slice(0, depth));
    if (change.kind === 'directory') {
      this.#makeDirectory(names);
      return;
    }
    const present = this.#stat(names);
    if (present?.kind === 'directory') {
      throw conflict(`${change.path} is to be a file, but the image has a directory there.`);
    }
    if (present) {
      // FatFs does not delete such a file, and this build of it cannot take the mark away.
      if ((present.mode & 0o200) === 0) {
        throw conflict(
          `${change.path} is marked read-only in the image.`,
          'Take the mark off in the golden image.',
        );
      }
      this.#check(this.#fatfs.f_unlink(change.path), change.path);
    }
    this.#writeFile(change.path, change.content, signal);
  }

  async close(): Promise<void> {
    this.#check(this.#fatfs.f_unmount(''), '/');
  }

  #makeDirectory(names: readonly string[]): void {
    const path = `/${names.join('/')}`;
    const present = this.#stat(names);
    if (present?.kind === 'directory') return;
    if (present) throw conflict(`${path} is a file in the image, but a directory is needed there.`);
    this.#check(this.#fatfs.f_mkdir(path), path);
  }

  #stat(names: readonly string[]): PathInfo | undefined {
    const path = `/${names.join('/')}`;
    return this.#withMemory(fatfs.sizeof_FILINFO, (info) => {
      const result = this.#fatfs.f_stat(path, info);
      if (result === fatfs.FR_NO_FILE || result === fatfs.FR_NO_PATH || result === fatfs.FR_INVALID_NAME) {
        this.#mustHaveWorked();
        return undefined;
      }
      this.#check(result, path);
      const attributes = this.#fatfs.FILINFO_fattrib(info);
      const readOnly = (attributes & fatfs.AM_RDO) === 0 ? 0 : 0o222;
      if ((attributes & fatfs.AM_DIR) !== 0) {
        return { kind: 'directory', mode: 0o755 & ~readOnly, uid: 0, gid: 0, size: 0 };
      }
      const size = this.#fatfs.FILINFO_fsize(info);
      return { kind: 'file', mode: 0o644 & ~readOnly, uid: 0, gid: 0, size };
    });
  }

  #writeFile(path: string, content: Uint8Array, signal: AbortSignal | undefined): void {
    // The rest of the last cluster would keep what was there before; zeros are put there and cut off again.
    const padded = Math.ceil(content.length / this.#geometry.clusterSize) * this.#geometry.clusterSize;
    this.#withFile(path, fatfs.FA_WRITE | fatfs.FA_CREATE_NEW, (file) => {
      this.#withBuffer(CHUNK_SIZE, (buffer, counter) => {
        for (let position = 0; position < padded; ) {
          if (signal?.aborted) throw cancelled('Nothing was written.');
          const length = Math.min(CHUNK_SIZE, padded - position);
          const chunk = content.subarray(position, position + length);
          this.#fatfs.HEAPU8.set(chunk, buffer);
          this.#fatfs.HEAPU8.fill(0, buffer + chunk.length, buffer + length);
          this.#check(this.#fatfs.f_write(file, buffer, length, counter), path);
          if (this.#fatfs.getValue(counter, 'i32') !== length) throw noRoom(this.#partition);
          position += length;
        }
      });
      this.#check(this.#fatfs.f_lseek(file, content.length), path);
      this.#check(this.#fatfs.f_truncate(file), path);
    });
  }

  #withFile(path: string, mode: number, work: (file: number) => void): void {
    this.#withMemory(fatfs.sizeof_FIL, (file) => {
      this.#check(this.#fatfs.f_open(file, path, mode), path);
      work(file);
      this.#check(this.#fatfs.f_close(file), path);
    });
  }

  #withBuffer(size: number, work: (buffer: number, counter: number) => void): void {
    this.#withMemory(size, (buffer) => {
      this.#withMemory(4, (counter) => {
        work(buffer, counter);
      });
    });
  }

  #withMemory<T>(size: number, work: (pointer: number) => T): T {
    const pointer = this.#fatfs.malloc(size);
    if (pointer === 0) throw new Error(`FatFs has no memory for ${size} bytes`);
    // What a name or sector does not fill would otherwise be left over from something else.
    this.#fatfs.HEAPU8.fill(0, pointer, pointer + size);
    try {
      return work(pointer);
    } finally {
      this.#fatfs.free(pointer);
    }
  }

  #mustHaveWorked(): void {
    if (this.#disk.failure instanceof Problem) throw this.#disk.failure;
    if (this.#disk.failure !== undefined) throw damaged(this.#partition, this.#disk.failure);
  }

  #check(result: number, path: string): void {
    this.#mustHaveWorked();
    switch (result) {
      case fatfs.FR_OK:
        return;
      case fatfs.FR_INVALID_NAME:
        throw conflict(`${path} cannot be a name on a FAT partition.`, 'Use another name.');
      case fatfs.FR_DENIED:
        throw noRoom(this.#partition);
      default:
        throw damaged(this.#partition, new Error(`FatFs answered ${result} for ${path}`));
    }
  }
}

function readGeometry(view: PartitionView): FatGeometry | undefined {
  if (view.size < 512) return undefined;
  const bootSector = Buffer.alloc(512);
  view.read(bootSector, 0);
  return parseFatGeometry(bootSector, view.size);
}

function noRoom(partition: number): Problem {
  return new Problem('INJECTION_TOO_LARGE', {
    what: `The FAT file system on partition ${partition} of the image has no room for what is to be put there.`,
    state: 'Nothing was written.',
    next: 'Make the partition of the golden image larger, or inject less.',
  });
}

function damaged(partition: number, cause?: unknown): Problem {
  return new Problem(
    'IMAGE_LAYOUT_UNSUPPORTED',
    {
      what: `The FAT file system on partition ${partition} of the image cannot be used; it may be damaged.`,
      state: 'Nothing was written.',
      next: 'Run fsck.vfat on the golden image, or make it again.',
    },
    { cause },
  );
}
