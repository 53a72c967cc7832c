import type { ByteName } from '../entry.ts';
import type { FolderDigest } from './folder-digest.ts';

/** Words of one place: two of the path's hash, two of the digest. */
const words = 4;

/**
 * The digests of folders by their paths, in memory that all threads share: hashes with open addressing, so that to look one
 * up costs neither a message nor an object.
 */
export class DigestTable {
  readonly memory: SharedArrayBuffer;
  readonly #places: Int32Array;
  readonly #mask: number;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#places = new Int32Array(memory);
    this.#mask = this.#places.length / words - 1;
  }

  static withRoomFor(folders: number): DigestTable {
    const places = 2 ** Math.ceil(Math.log2(Math.max(folders, 8) * 2));
    return new DigestTable(new SharedArrayBuffer(places * words * Int32Array.BYTES_PER_ELEMENT));
  }

  /** Throws a RangeError for what was never a table's memory. */
  static copyOf(bytes: Uint8Array): DigestTable {
    const places = bytes.length / (words * Int32Array.BYTES_PER_ELEMENT);
    if (!Number.isInteger(Math.log2(places))) throw new RangeError('not the memory of a table');
    const memory = new SharedArrayBuffer(bytes.length);
    new Uint8Array(memory).set(bytes);
    return new DigestTable(memory);
  }

  set(key: FolderDigest, digest: FolderDigest): void {
    const at = this.#placeOf(key);
    this.#places.set([key.low, key.high, digest.low, digest.high], at);
  }

  /** Whether the folder is known with just this digest. */
  has(key: FolderDigest, digest: FolderDigest): boolean {
    const at = this.#placeOf(key);
    return (
      (this.#places[at] !== 0 || this.#places[at + 1] !== 0) &&
      this.#places[at + 2] === digest.low &&
      this.#places[at + 3] === digest.high
    );
  }

  /** The path's place, or the free one where it would be. */
  #placeOf(key: FolderDigest): number {
    for (let place = key.low & this.#mask; ; place = (place + 1) & this.#mask) {
      const at = place * words;
      const [low, high] = [this.#places[at], this.#places[at + 1]];
      if ((low === key.low && high === key.high) || (low === 0 && high === 0)) return at;
    }
  }
}

/** FNV-1a and a second hash beside it; never 0 in both halves, which marks a free place. */
export function keyOfPath(path: ByteName): FolderDigest {
  let low = 0x811c9dc5;
  let high = 0x9e3779b9;
  for (let at = 0; at < path.length; at += 1) {
    const byte = path.charCodeAt(at);
    low = Math.imul(low ^ byte, 0x01000193);
    high = Math.imul(high ^ byte, 0x85ebca6b) + byte;
  }
  low ^= low >>> 15;
  return { low: low | 0, high: high | 1 };
}
