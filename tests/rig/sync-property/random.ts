import { createHash } from 'node:crypto';

/** Numbers that look random and are the same for the same seed: SHA-256 in counter mode. */
export class Random {
  readonly #seed: string;
  #count = 0;
  #block = Buffer.alloc(0);
  #used = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** From 0 to 1, without 1. */
  next(): number {
    if (this.#used + 4 > this.#block.length) {
      this.#block = createHash('sha256')
        .update(`${this.#seed} ${this.#count++}`)
        .digest();
      this.#used = 0;
    }
    this.#used += 4;
    return this.#block.readUInt32BE(this.#used - 4) / 2 ** 32;
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  /** From 0, without `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  of<T>(list: readonly T[]): T {
    const one = list[this.below(list.length)];
    if (one === undefined) throw new Error('nothing to choose from');
    return one;
  }
}
