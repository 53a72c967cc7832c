import { BlockDevice } from 'etcher-sdk/build/source-destination/block-device.js';
import { ProgressSparseWriteStream } from 'etcher-sdk/build/sparse-stream/sparse-write-stream.js';
import type { DeviceLimits } from './device-limits.ts';
import type { HeldDrive } from './held-drive.ts';

/**
 * The held drive as etcher-sdk's block device. It is open already, exclusively and for the whole job: the SDK would
 * unmount with an addon that is not there, clean the disk on Windows, and let go of it between two pipelines.
 */
export class EtcherDevice extends BlockDevice {
  readonly #drive: HeldDrive;

  constructor(drive: HeldDrive, limits: DeviceLimits) {
    super({ drive: describe(drive, limits), write: true, direct: true, keepOriginal: true });
    this.#drive = drive;
  }

  protected override async _open(): Promise<void> {
    this.fileHandle = this.#drive.handle;
  }

  protected override async _close(): Promise<void> {
    // Whoever holds the drive closes it.
  }

  /**
   * The SDK's own keeps the first 64 KiB on Windows until everything else is written, and says nothing, not even that it is
   * over, when the drive refuses them then. What comes last is for whoever gives the ranges, who also keeps Windows away.
   */
  override async createSparseWriteStream(options: { highWaterMark?: number } = {}) {
    return new ProgressSparseWriteStream({ ...options, destination: this, firstBytesToKeep: 0 });
  }

  /** A short write is no success: the rest follows, or the drive's answer is the error. */
  override async write(buffer: Buffer, bufferOffset: number, length: number, fileOffset: number) {
    await this.#drive.write(buffer.subarray(bufferOffset, bufferOffset + length), fileOffset);
    return { bytesWritten: length, buffer };
  }
}

/** What the SDK looks at of a drivelist entry. */
function describe({ path, size }: HeldDrive, { alignment }: DeviceLimits) {
  return {
    blockSize: alignment,
    busType: 'UNKNOWN',
    busVersion: null,
    description: path,
    device: path,
    devicePath: null,
    enumerator: 'sifaka',
    error: null,
    isCard: null,
    isReadOnly: false,
    isRemovable: true,
    isSCSI: null,
    isSystem: false,
    isUAS: null,
    isUSB: null,
    isVirtual: null,
    logicalBlockSize: alignment,
    mountpoints: [],
    partitionTableType: null,
    raw: path,
    size,
  };
}
