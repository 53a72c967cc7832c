import { randomFillSync } from 'node:crypto';
import type { BlockRequest, BlockStore } from './nbd-server.ts';

const sector = 512;
const page = 4096;
const tile = 1 << 20;

/** What becomes of a request, which waits for it: it is done, fails, is forgotten although it seems done, or the drive is gone with it. */
export type Verdict = 'do' | 'EIO' | 'ENOSPC' | 'forget' | 'gone';
export type Judge = (request: BlockRequest, bytes: Buffer | undefined) => Verdict | Promise<Verdict>;

/**
 * What a card holds, with a cache that forgets: what was written since the last flush is lost when its power is, but for
 * some of it, in any order and torn between sectors. At first it holds random bytes and looks as if an old system boots
 * from it.
 */
export class FaultyMedium implements BlockStore {
  readonly size: number;
  /** As it is read, and what is there when the power is lost. */
  readonly bytes: Buffer;
  readonly old: Buffer;
  /** Asked about each request; `do` unless told. */
  judge: Judge = () => 'do';
  /** Where a page really lies, on a card that lies about its size; `undefined`: nowhere, and it reads as zeros. */
  place: ((offset: number) => number | undefined) | undefined;
  readonly #unflushed: { readonly offset: number; readonly before: Buffer }[] = [];
  #written: { readonly offset: number; readonly length: number }[] = [];

  constructor(size: number) {
    this.size = size;
    const random = randomFillSync(Buffer.alloc(tile));
    this.old = Buffer.alloc(size);
    // Each tile begins elsewhere in the random bytes, so that no two stretches of the card are the same.
    for (let at = 0; at < size; at += tile) {
      const shift = ((at / tile) * 4099 + 1) % tile;
      random.copy(this.old, at, shift);
      random.copy(this.old, at + tile - shift, 0, shift);
    }
    for (const at of [sector, size - sector]) this.old.write('EFI PART', at, 'latin1');
    this.old.writeUInt16LE(0xaa55, 510);
    this.bytes = Buffer.from(this.old);
  }

  async answer(request: BlockRequest, bytes: Buffer | undefined) {
    const verdict = await this.judge(request, bytes);
    if (verdict === 'EIO' || verdict === 'ENOSPC' || verdict === 'gone') return verdict;
    const { kind, offset, length } = request;
    if (kind === 'read') return this.#read(offset, length);
    if (verdict === 'do' && kind === 'flush') this.#unflushed.length = 0;
    if (verdict === 'do' && bytes !== undefined) {
      for (const { at, from, count } of this.#places(offset, length)) {
        if (at !== undefined) this.#write(bytes.subarray(from, from + count), at);
      }
    }
    return 'done';
  }

  /** The power is lost: `keep` decides about each sector that was written and not flushed, oldest write first. */
  losePower(keep: () => boolean): void {
    for (const { offset, before } of this.#unflushed.splice(0).toReversed()) {
      for (let at = 0; at < before.length; at += sector) {
        if (!keep()) before.copy(this.bytes, offset + at, at, at + sector);
      }
    }
  }

  /** Changed by something else than a request. */
  change(offset: number, bytes: Uint8Array): void {
    this.bytes.set(bytes, offset);
    this.#written.push({ offset, length: bytes.length });
  }

  /** As new, and nothing is wrong with it any more. */
  reset(): void {
    this.judge = () => 'do';
    this.place = undefined;
    this.#unflushed.length = 0;
    for (const { offset, length } of this.#written) {
      this.old.copy(this.bytes, offset, offset, offset + length);
    }
    this.#written = [];
  }

  #read(offset: number, length: number): Buffer {
    if (this.place === undefined) return Buffer.from(this.bytes.subarray(offset, offset + length));
    const bytes = Buffer.alloc(length);
    for (const { at, from, count } of this.#places(offset, length)) {
      if (at !== undefined) this.bytes.copy(bytes, from, at, at + count);
    }
    return bytes;
  }

  #write(bytes: Buffer, offset: number): void {
    this.#unflushed.push({
      offset,
      before: Buffer.from(this.bytes.subarray(offset, offset + bytes.length)),
    });
    this.#written.push({ offset, length: bytes.length });
    bytes.copy(this.bytes, offset);
  }

  #places(offset: number, length: number): { at: number | undefined; from: number; count: number }[] {
    const { place } = this;
    if (place === undefined) return [{ at: offset, from: 0, count: length }];
    return Array.from({ length: Math.ceil(length / page) }, (_, number) => {
      const from = number * page;
      return { at: place(offset + from), from, count: Math.min(page, length - from) };
    });
  }
}
