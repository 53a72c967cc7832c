import type { Transform } from 'node:stream';
import { streamBytes } from './stream-bytes.ts';

/**
 * Puts a chunk into the stream and waits until the stream is done with its memory: `taken`, or `ended` or `closed` when
 * the stream wants no more.
 */
export type Put = (chunk: Buffer) => Promise<'taken' | 'ended' | 'closed'>;

/** What comes out of a stream that `feed` puts things into. When feeding fails, that is the cause to be told. */
export async function* transformed(
  stream: Transform,
  feed: (put: Put) => Promise<void>,
): AsyncGenerator<Uint8Array, void> {
  const closed = new Promise<'closed'>((resolve) => stream.once('close', () => resolve('closed')));
  const ended = new Promise<'ended'>((resolve) => stream.once('end', () => resolve('ended')));
  const put: Put = async (chunk) => {
    const taken = new Promise<'taken'>((resolve) => stream.write(chunk, () => resolve('taken')));
    return await Promise.race([closed, ended, taken]);
  };
  const feeding = feed(put).then(
    () => undefined,
    (error: unknown) => {
      stream.destroy();
      return { error };
    },
  );
  try {
    try {
      yield* streamBytes(stream);
    } catch (error) {
      throw (await feeding)?.error ?? error;
    }
    const failure = await feeding;
    if (failure) throw failure.error;
  } finally {
    stream.destroy();
    await feeding;
  }
}
