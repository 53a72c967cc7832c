import type { Readable } from 'node:stream';

/** The chunks of a byte stream, which Node types as `any`. */
export async function* streamBytes(stream: Readable): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of stream as AsyncIterable<unknown>) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError('a byte stream gave something else');
    yield chunk;
  }
}
