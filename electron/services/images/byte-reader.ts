/** Takes a stream of chunks apart by lengths. */
export interface ByteReader {
  /** Exactly `length` bytes, or fewer where the stream ends. */
  take(length: number): Promise<Buffer>;
  atEnd(): Promise<boolean>;
}

export function createByteReader(input: AsyncGenerator<Buffer, void>): ByteReader {
  let rest: Buffer = Buffer.alloc(0);
  const more = async (): Promise<boolean> => {
    const next = await input.next();
    if (next.done) return false;
    rest = rest.length === 0 ? next.value : Buffer.concat([rest, next.value]);
    return true;
  };
  return {
    async take(length) {
      while (rest.length < length && (await more()));
      const taken = rest.subarray(0, length);
      rest = rest.subarray(taken.length);
      return taken;
    },
    async atEnd() {
      while (rest.length === 0) if (!(await more())) return true;
      return false;
    },
  };
}
