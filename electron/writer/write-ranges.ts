import { MultiDestination } from 'etcher-sdk/build/source-destination/multi-destination.js';
import { asProblem, cancelled } from '../../shared/problem.ts';
import type { BlockSource, ByteRange } from '../imaging/block-source.ts';
import type { DeviceLimits } from './device-limits.ts';
import { EtcherDevice } from './etcher-device.ts';
import { driveFailed, type HeldDrive } from './held-drive.ts';
import { ImageSource } from './image-source.ts';

/**
 * Writes ranges of an image to the drive with one of etcher-sdk's sparse pipelines; nothing is under way any more when it
 * resolves or rejects. Ranges are multiples of the device's alignment. DRIVE_FAILED, CANCELLED.
 */
export async function writeRanges(options: {
  drive: HeldDrive;
  limits: DeviceLimits;
  image: BlockSource;
  ranges: readonly ByteRange[];
  signal: AbortSignal;
  onProgress: (bytes: number) => void;
}): Promise<void> {
  const { drive, limits, image, ranges, signal, onProgress } = options;
  if (ranges.length === 0) return;
  const source = new ImageSource(image, ranges, limits, signal);
  const destination = new MultiDestination([new EtcherDevice(drive, limits)]);
  await Promise.all([source.open(), destination.open()]);
  const from = await source.createSparseReadStream();
  const to = await destination.createSparseWriteStream({ highWaterMark: limits.buffers - 1 });
  let failure: unknown;
  await new Promise<void>((resolve) => {
    const stop = (error: unknown) => {
      failure ??= error;
      from.unpipe(to);
      // The write under way ends first: `done` comes when the last stream is through.
      to.end();
    };
    from.once('error', stop);
    // The SDK wraps what a destination threw: { error, destination }.
    to.on('fail', (wrapped: unknown) => {
      stop(isWrapped(wrapped) ? wrapped.error : wrapped);
      resolve();
    });
    to.once('error', (error: unknown) => {
      stop(error);
      resolve();
    });
    to.once('done', resolve);
    to.on('progress', ({ bytes }: { bytes: number }) => onProgress(bytes));
    from.pipe(to);
  });
  if (signal.aborted) throw cancelled('');
  if (failure !== undefined) throw asProblem(failure) ?? driveFailed('written', 0, failure);
}

function isWrapped(value: unknown): value is { error: unknown } {
  return typeof value === 'object' && value !== null && 'error' in value;
}
