/** A place of fixed size that bytes are written to and read from at offsets; a file, later a drive. Offsets in bytes. */
export interface BlockTarget {
  readonly size: number;
  /** Whether reads pass the system's cache; where false, a read may be answered from memory and proves less. */
  readonly readsMedium: boolean;
  /** Fills `buffer` completely or throws; a short read is an error. */
  read(buffer: Uint8Array, offset: number): Promise<void>;
  write(buffer: Uint8Array, offset: number): Promise<void>;
  /** Resolves when all that was written is on the medium. */
  flush(): Promise<void>;
  /** Forgets cached pages, so that the next read comes from the medium where the platform allows. */
  dropCache(): Promise<void>;
  close(): Promise<void>;
}
