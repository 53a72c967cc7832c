import type { ByteName, Entry } from '../entry.ts';

/**
 * A digest of what both sides of one folder agree on, 64 bits in two halves: the sum of one number for each name, so that
 * the order of names does not count. It is not against an adversary: it only says whether the agreed state has to be written
 * again.
 */
export interface FolderDigest {
  readonly low: number;
  readonly high: number;
}

/** How an entry counts: what it is where both sides agree, or that they differ. */
export type DigestedKind = Entry['kind'] | 'differs';
const kindNumbers: Record<DigestedKind, number> = { file: 1, folder: 2, link: 3, special: 4, differs: 5 };

/** Sums digests of names; used again for each folder, as millions of names pass through it. */
export class DigestSum {
  low = 0;
  high = 0;

  clear(): void {
    this.low = 0;
    this.high = 0;
  }

  /** `mtimeMs` counts to the millisecond: finer times are not the same on both sides of every pair. */
  add(name: ByteName, kind: DigestedKind, size: number, mtimeMs: number): void {
    let one = 0x811c9dc5;
    let two = 0x9e3779b9;
    for (let at = 0; at < name.length; at += 1) {
      const byte = name.charCodeAt(at);
      one = Math.imul(one ^ byte, 0x01000193);
      two = Math.imul(two ^ byte, 0x85ebca6b) + byte;
    }
    const time = Math.round(mtimeMs);
    const about =
      Math.imul(kindNumbers[kind], 0x27d4eb2f) ^
      (size | 0) ^
      Math.imul((size / 0x1_0000_0000) | 0, 0x165667b1);
    one = mixed(one ^ about, time | 0);
    two = mixed(two ^ Math.imul((time / 0x1_0000_0000) | 0, 0x165667b1), about + one);
    this.low = (this.low + one) | 0;
    this.high = (this.high + two) | 0;
  }

  get digest(): FolderDigest {
    return { low: this.low, high: this.high };
  }
}

/** MurmurHash3's finalizer, over two words. */
function mixed(word: number, other: number): number {
  let hash = Math.imul(word ^ (word >>> 16), 0x85ebca6b) ^ other;
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 15), 0x27d4eb2f);
  return hash ^ (hash >>> 16);
}
