import { createGunzip } from 'node:zlib';
import { imageCorrupt } from './image-problems.ts';
import { transformed } from './transformed.ts';

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
  yield* transformed(gunzipper, async (put) => {
    let offered = 0;
    let finished = false;
    for await (const chunk of input) {
      if (finished) {
        refuseUnlessZeros(file, chunk);
        continue;
      }
      offered += chunk.length;
      if ((await put(chunk)) === 'closed') return;
      const leftOver = offered - gunzipper.bytesWritten;
      finished = leftOver > 0;
      refuseUnlessZeros(file, chunk.subarray(chunk.length - leftOver));
    }
    if (!finished) gunzipper.end();
  });
}

function refuseUnlessZeros(file: string, rest: Uint8Array): void {
  if (rest.some((byte) => byte !== 0)) throw imageCorrupt(file, 'something else follows the compressed data');
}
