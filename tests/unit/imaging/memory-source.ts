import type { BlockSource } from '../../../electron/imaging/block-source.ts';

/** An image in memory; reading beyond its end is an error, as in a file. */
export function memorySource(bytes: Buffer): BlockSource {
  return {
    size: bytes.length,
    read: (buffer, offset) => {
      if (offset < 0 || offset + buffer.length > bytes.length) throw new RangeError('beyond the end');
      buffer.set(bytes.subarray(offset, offset + buffer.length));
    },
  };
}
