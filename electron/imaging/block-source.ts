/** Random access to an image, synchronous because the file system adapters call back synchronously. Offsets in bytes. */
export interface BlockSource {
  readonly size: number;
  /** Fills `buffer` completely; bytes beyond the end are an error. */
  read(buffer: Uint8Array, offset: number): void;
}

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}
