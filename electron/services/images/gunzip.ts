import { createGunzip } from 'node:zlib';
import { imageCorrupt } from './image-problems.ts';
import { streamBytes } from './stream-bytes.ts';

const outputBytes = 256 * 1024;

/**
 * All members of a gzip file. zlib stops quietly at the first zero byte after a member, whatever follows it; so the
 * rest is looked at here: zeros are padding (as gzip(1) takes them), anything else is refused.
 */
export async function* gunzip(
  input: AsyncGenerator<Buffer, void>,
  file: string,
): AsyncGenerator<Uint8Array, void> {
  const gunzipper = createGunzip({ chunkSize: outputBytes });
  const closed = new Promise<'closed'>((resolve) => gunzipper.once('close', () => resolve('closed')));
  const ended = new Promise<'ended'>((resolve) => gunzipper.once('end', () => resolve('ended')));

  const feed = async (): Promise<void> => {
    let offered = 0;
    let finished = false;
    for await (const chunk of input) {
      if (finished) {
        refuseUnlessZeros(file, chunk);
        continue;
      }
      offered += chunk.length;
      const taken = new Promise<'taken'>((resolve) => gunzipper.write(chunk, () => resolve('taken')));
      if ((await Promise.race([closed, ended, taken])) === 'closed') return;
      const leftOver = offered - gunzipper.bytesWritten;
      finished = leftOver > 0;
      refuseUnlessZeros(file, chunk.subarray(chunk.length - leftOver));
    }
    if (!finished) gunzipper.end();
  };

  const feeding = feed().then(
    () => undefined,
    (error: unknown) => {
      gunzipper.destroy();
      return { error };
    },
  );
  try {
    try {
      yield* streamBytes(gunzipper);
    } catch (error) {
      // Destroyed because its input failed: that failure is the cause to be told.
      throw (await feeding)?.error ?? error;
    }
    const failure = await feeding;
    if (failure) throw failure.error;
  } finally {
    gunzipper.destroy();
    await feeding;
  }
}

function refuseUnlessZeros(file: string, rest: Uint8Array): void {
  if (rest.some((byte) => byte !== 0)) throw imageCorrupt(file, 'something else follows the compressed data');
}
