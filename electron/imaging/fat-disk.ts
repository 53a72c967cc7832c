import * as fatfs from 'js-fatfs';
import { type PartitionView, WritablePartitionView } from './partition-view.ts';

/** A partition as the disk FatFs works on; counts in sectors of the volume's own size. */
export class FatDisk implements fatfs.DiskIO {
  /** The first thing that went wrong below; FatFs itself only says that something did. */
  failure: unknown = undefined;
  readonly #view: PartitionView;
  readonly #sectorSize: number;

  constructor(view: PartitionView, sectorSize: number) {
    this.#view = view;
    this.#sectorSize = sectorSize;
  }

  initialize(): number {
    return 0;
  }

  status(): number {
    return 0;
  }

  read(instance: fatfs.FatFs, _drive: number, buffer: number, sector: number, count: number): number {
    return this.#try(() => {
      const length = count * this.#sectorSize;
      this.#view.read(instance.HEAPU8.subarray(buffer, buffer + length), (sector >>> 0) * this.#sectorSize);
    });
  }

  write(instance: fatfs.FatFs, _drive: number, buffer: number, sector: number, count: number): number {
    return this.#try(() => {
      if (!(this.#view instanceof WritablePartitionView))
        throw new Error('a volume opened for reading was written');
      const length = count * this.#sectorSize;
      this.#view.write(instance.HEAPU8.subarray(buffer, buffer + length), (sector >>> 0) * this.#sectorSize);
    });
  }

  ioctl(instance: fatfs.FatFs, _drive: number, command: number, buffer: number): number {
    switch (command) {
      case fatfs.CTRL_SYNC:
        return fatfs.RES_OK;
      case fatfs.GET_SECTOR_COUNT:
        instance.setValue(buffer, Math.floor(this.#view.size / this.#sectorSize), 'i32');
        return fatfs.RES_OK;
      case fatfs.GET_SECTOR_SIZE:
        instance.setValue(buffer, this.#sectorSize, 'i16');
        return fatfs.RES_OK;
      case fatfs.GET_BLOCK_SIZE:
        instance.setValue(buffer, 1, 'i32');
        return fatfs.RES_OK;
      default:
        return fatfs.RES_PARERR;
    }
  }

  #try(work: () => void): number {
    try {
      work();
      return fatfs.RES_OK;
    } catch (error) {
      this.failure ??= error;
      return fatfs.RES_ERROR;
    }
  }
}
