import { type FileHandle, open } from 'node:fs/promises';

/** More than any record of a job, a receipt or a logbook has: only a card is written in such pieces. */
const piece = 64 * 1024;

/**
 * From now on nothing is written to a card by this process until `release`: a fast disk would be through with it before a slow
 * page has asked for anything. `after`: so many bytes are written yet.
 */
export async function holdCardWrites({ after = 0 } = {}): Promise<{ release(): void } & Disposable> {
  await using handle = await open('/dev/null');
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  let written = 0;
  const original = Reflect.get(prototype, 'write') as (...parameters: unknown[]) => unknown;
  Reflect.set(prototype, 'write', async function (this: FileHandle, ...parameters: unknown[]) {
    const [data] = parameters;
    if (ArrayBuffer.isView(data) && data.byteLength >= piece) {
      if (written >= after) await released;
      written += data.byteLength;
    }
    return original.apply(this, parameters);
  });
  return {
    release,
    [Symbol.dispose]() {
      release();
      Reflect.set(prototype, 'write', original);
    },
  };
}
