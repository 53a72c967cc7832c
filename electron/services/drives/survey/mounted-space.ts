import { Linux } from 'node-disk-info/dist/platforms/linux.js';
import { Utils } from 'node-disk-info/dist/utils/utils.js';
import { outputOf } from './system-program.ts';

/** A mounted file system as node-disk-info sees it. */
export interface MountedSpace {
  /** What was mounted, as in `/dev/sda1`. */
  readonly source: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * node-disk-info reads what `df` prints, but runs it in a way that holds up the whole program, for ever when a mounted
 * network share does not answer. So `df` runs beside us, for local file systems and not for long, and node-disk-info is
 * handed its output. `undefined` when there is none.
 */
export async function readMountedSpace(): Promise<MountedSpace[] | undefined> {
  const output = await outputOf('df', ['-P', '-k', '-l'], { timeoutMilliseconds: 5_000 });
  return output === undefined ? undefined : parseMountedSpace(output);
}

export function parseMountedSpace(output: string): MountedSpace[] {
  const withoutTitles = Buffer.from(output.split('\n').slice(1).join('\n'));
  return withCommandOutput(withoutTitles, () => Linux.run()).map(({ filesystem, blocks }) => ({
    source: filesystem,
    size: blocks * 1024,
  }));
}

/** Its reader takes no text, it only calls this: replaced while the reader runs, which nothing can come between. */
function withCommandOutput<Result>(output: Buffer, read: () => Result): Result {
  const original = { ...Object.getOwnPropertyDescriptor(Utils, 'execute') };
  Object.defineProperty(Utils, 'execute', { ...original, value: () => output });
  try {
    return read();
  } finally {
    Object.defineProperty(Utils, 'execute', original);
  }
}
