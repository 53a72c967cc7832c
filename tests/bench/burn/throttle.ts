import { existsSync } from 'node:fs';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import type { LoopDevice } from './loop-device.ts';

export interface Throttle {
  /** In words, for the output. */
  readonly by: string;
  /** A cgroup that a contestant must be in to feel it. */
  readonly cgroup: string | undefined;
  /** The device is slow while this runs, and only then: filling and checking it need not take that long. */
  during<T>(work: () => Promise<T>): Promise<T>;
  remove(): Promise<void>;
}

const unthrottled: Throttle = {
  by: 'not throttled',
  cgroup: undefined,
  during: (work) => work(),
  remove: () => Promise.resolve(),
};

/**
 * Makes a device as slow as a card. cgroup v1: a rule for this one device in the blkio group of the benchmark itself, so
 * that what the kernel writes back later for a contestant is held as well. cgroup v2: `io.max` of a group of its own.
 * Rates in bytes a second; throws where the kernel has neither.
 */
export async function throttle(
  device: LoopDevice,
  rates: { readonly write: number; readonly read: number } | undefined,
): Promise<Throttle> {
  if (rates === undefined) return unthrottled;
  const groups = await readFile('/proc/self/cgroup', 'utf8');
  const v1 = /^\d+:(?:[^:]*,)?blkio(?:,[^:]*)?:(.*)$/m.exec(groups)?.[1];
  const words = `${rates.write / 1e6} MB/s write, ${rates.read / 1e6} MB/s read`;
  if (v1 !== undefined && existsSync('/sys/fs/cgroup/blkio/blkio.throttle.write_bps_device')) {
    const set = async (write: number, read: number) => {
      const folder = `/sys/fs/cgroup/blkio${v1 === '/' ? '' : v1}`;
      await writeFile(`${folder}/blkio.throttle.write_bps_device`, `${device.numbers} ${write}`);
      await writeFile(`${folder}/blkio.throttle.read_bps_device`, `${device.numbers} ${read}`);
    };
    return {
      by: `${words} (cgroup v1 blkio.throttle)`,
      cgroup: undefined,
      async during(work) {
        await set(rates.write, rates.read);
        try {
          return await work();
        } finally {
          await set(0, 0);
        }
      },
      remove: () => set(0, 0),
    };
  }
  const controllers = await readFile('/sys/fs/cgroup/cgroup.subtree_control', 'utf8').catch(() => '');
  if (!/\bio\b/.test(controllers))
    throw new Error('This kernel has no throttling of devices that can be used here.');
  const cgroup = `/sys/fs/cgroup/sifaka-bench-${process.pid}`;
  await mkdir(cgroup);
  await writeFile(`${cgroup}/io.max`, `${device.numbers} wbps=${rates.write} rbps=${rates.read}`);
  return {
    by: `${words} (cgroup v2 io.max)`,
    cgroup,
    during: (work) => work(),
    remove: () => rmdir(cgroup),
  };
}
