/** RFC 8878, section 3.1. */
const frameMagic = 0xfd2fb528;
const skippableMagic = 0x184d2a50;
/** Section 3.1.1.2.4. */
const largestBlock = 128 * 1024;
/** The longest piece that is looked at: the magic, or a skippable frame's length. */
const largestHeader = 4;

export const magicBytes = 4;

export function isFrame(magic: Buffer): boolean {
  return magic.readUInt32LE(0) === frameMagic;
}

export function isSkippable(magic: Buffer): boolean {
  return (magic.readUInt32LE(0) & 0xfffffff0) === skippableMagic;
}

/** Follows one frame through the chunks it comes in, to find where it ends; looks at headers only, and copies nothing. */
export class ZstdFrameEnd {
  reached = false;
  /** Bytes of the part that is being passed over. */
  #skip = 0;
  /** The header that is being gathered; it may begin in one chunk and end in another. */
  readonly #header = Buffer.alloc(largestHeader);
  #gathered = 0;
  #wanted = magicBytes;
  #read: (header: Buffer) => boolean = (header) => this.#readMagic(header);
  #hasChecksum = false;

  /** How many bytes of the next chunk belong to the frame. */
  within(chunk: Buffer): number | 'damaged' {
    let at = 0;
    while (at < chunk.length) {
      const passed = Math.min(this.#skip, chunk.length - at);
      this.#skip -= passed;
      at += passed;
      if (this.#skip > 0) break;
      if (this.#wanted === 0) {
        this.reached = true;
        break;
      }
      const copied = chunk.copy(this.#header, this.#gathered, at, at + this.#wanted - this.#gathered);
      this.#gathered += copied;
      at += copied;
      if (this.#gathered < this.#wanted) break;
      this.#gathered = 0;
      if (!this.#read(this.#header)) return 'damaged';
    }
    this.reached ||= this.#skip === 0 && this.#wanted === 0;
    return at;
  }

  #expect(wanted: number, read: (header: Buffer) => boolean): true {
    this.#wanted = wanted;
    this.#read = read;
    return true;
  }

  #readMagic(header: Buffer): boolean {
    if (isFrame(header))
      return this.#expect(1, (descriptor) => this.#readDescriptor(descriptor.readUInt8(0)));
    return this.#expect(4, (length) => {
      this.#skip = length.readUInt32LE(0);
      this.#wanted = 0;
      return true;
    });
  }

  #readDescriptor(descriptor: number): boolean {
    const singleSegment = (descriptor & 0x20) !== 0;
    const windowBytes = singleSegment ? 0 : 1;
    const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
    const contentSizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
    this.#hasChecksum = (descriptor & 0x04) !== 0;
    this.#skip = windowBytes + dictionaryBytes + contentSizeBytes;
    return this.#expect(3, (header) => this.#readBlockHeader(header.readUIntLE(0, 3)));
  }

  #readBlockHeader(header: number): boolean {
    const isLast = (header & 1) === 1;
    const isRun = ((header >> 1) & 3) === 1;
    const size = header >> 3;
    if (size > largestBlock) return false;
    this.#skip = isRun ? 1 : size;
    if (!isLast) return true;
    this.#skip += this.#hasChecksum ? 4 : 0;
    this.#wanted = 0;
    return true;
  }
}
