import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** How a drive wants to be written; bytes, and a number of requests. */
export interface DeviceLimits {
  /** Of offsets, lengths and memory. */
  readonly alignment: number;
  /** Of one request: large, because cards write one large stretch faster than many small ones. */
  readonly requestSize: number;
  /** How many requests are held ready; one is on its way at a time. */
  readonly buffers: number;
}

const smallestRequest = 2 ** 20;
const largestRequest = 4 * 2 ** 20;
const page = 4096;

/**
 * From the block queue's own limits (Documentation/ABI/stable/sysfs-block): the block size, the optimal request, the
 * largest one that is not split, and how many may wait.
 */
export async function deviceLimits(path: string, sysfs = '/sys'): Promise<DeviceLimits> {
  const queue = join(sysfs, 'block', basename(path), 'queue');
  const limit = async (name: string): Promise<number> => {
    const text = await readFile(join(queue, name), 'latin1').catch(() => '0');
    const value = Number(text.trim());
    return Number.isSafeInteger(value) && value > 0 ? value : 0;
  };
  const alignment = Math.max(page, await limit('logical_block_size'));
  const unit = Math.max(alignment, await limit('optimal_io_size'), (await limit('max_sectors_kb')) * 1024);
  const whole = Math.max(1, Math.floor(largestRequest / unit)) * unit;
  const requestSize = Math.min(largestRequest, Math.max(smallestRequest, whole - (whole % alignment)));
  // A request larger than what the queue takes at once is split into several, which all wait in it.
  const split = Math.ceil(requestSize / Math.max(page, (await limit('max_sectors_kb')) * 1024));
  const waiting = (await limit('nr_requests')) || 2 * split;
  return { alignment, requestSize, buffers: Math.min(4, Math.max(2, Math.floor(waiting / split))) };
}
