import { join } from 'node:path';
import type { ByteName } from './entry.ts';
import { DigestSum } from './survey/folder-digest.ts';
import type { FolderDigest } from './survey/folder-digest.ts';

/** Where the agreed state of a pair is kept. */
export function agreedFile(logDir: string, pair: string): string {
  return join(logDir, `agreed-${pair}.sqlite`);
}

/** What both sides last had under a name. */
export interface AgreedEntry {
  readonly kind: 'file' | 'folder' | 'link';
  readonly size: number;
  readonly mtimeMs: number;
  /** Of a file's bytes where they were read, of a link's target always; hexadecimal. */
  readonly md5?: string;
}

/** A name in a folder's record: what was agreed on, if anything ever was, and whether the sides differ in it now. */
export interface AgreedName {
  readonly agreed: AgreedEntry | undefined;
  readonly differs: boolean;
}

const kinds = ['none', 'file', 'folder', 'link'] as const;
const differsBit = 0x80;
const md5Bit = 0x40;
const md5Bytes = 16;
/** Kind, length of the name, size and time. */
const fixedBytes = 1 + 2 + 8 + 8;

/**
 * One folder's names, one after another: a byte for the kind (with a bit for "the sides differ" and one for "an MD5
 * follows"), the name's length (two bytes, little endian) and bytes, size and time as float64, the MD5's 16 bytes.
 */
export class RecordWriter {
  #bytes = Buffer.allocUnsafe(4096);
  #length = 0;

  clear(): void {
    this.#length = 0;
  }

  add(name: ByteName, { agreed, differs }: AgreedName): void {
    const kind = agreed?.kind ?? 'none';
    const md5 = agreed?.md5;
    this.#makeRoom(fixedBytes + name.length + md5Bytes);
    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at] = kinds.indexOf(kind) | (differs ? differsBit : 0) | (md5 === undefined ? 0 : md5Bit);
    bytes.writeUInt16LE(name.length, at + 1);
    bytes.write(name, at + 3, 'latin1');
    at += 3 + name.length;
    bytes.writeDoubleLE(agreed?.size ?? 0, at);
    bytes.writeDoubleLE(agreed?.mtimeMs ?? 0, at + 8);
    at += 16;
    if (md5 !== undefined) at += bytes.write(md5, at, 'hex');
    this.#length = at;
  }

  /** A copy in memory of its own, so that it can be handed to another thread. */
  take(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#bytes.subarray(0, this.#length));
  }

  #makeRoom(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + more));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** Reads a record; throws a RangeError for what is none. */
export function readRecord(record: Uint8Array): Map<ByteName, AgreedName> {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength);
  const names = new Map<ByteName, AgreedName>();
  for (let at = 0; at < bytes.length; ) {
    const flags = bytes.readUInt8(at);
    const length = bytes.readUInt16LE(at + 1);
    const name = bytes.toString('latin1', at + 3, at + 3 + length);
    at += 3 + length;
    const kind = kinds[flags & 0x3f] ?? 'none';
    const about = { size: bytes.readDoubleLE(at), mtimeMs: bytes.readDoubleLE(at + 8) };
    at += 16;
    const md5 = (flags & md5Bit) === 0 ? undefined : bytes.toString('hex', at, at + md5Bytes);
    if (md5 !== undefined) at += md5Bytes;
    if (at > bytes.length) throw new RangeError('the record ends in the middle of a name');
    names.set(name, {
      agreed: kind === 'none' ? undefined : { kind, ...about, ...(md5 === undefined ? {} : { md5 }) },
      differs: (flags & differsBit) !== 0,
    });
  }
  return names;
}

export function writeRecord(names: ReadonlyMap<ByteName, AgreedName>): Uint8Array<ArrayBuffer> {
  const writer = new RecordWriter();
  for (const [name, about] of names) writer.add(name, about);
  return writer.take();
}

/** The digest that a walk works out for a folder with these names. */
export function digestOfRecord(names: ReadonlyMap<ByteName, AgreedName>): FolderDigest {
  const sum = new DigestSum();
  for (const [name, { agreed, differs }] of names) {
    const counted = differs ? undefined : agreed;
    sum.add(
      name,
      counted?.kind ?? 'differs',
      counted?.size ?? 0,
      counted === undefined ? 0 : digestedTime(counted),
    );
  }
  return sum.digest;
}

/** A link has no time that counts, but a target. */
export function digestedTime({ kind, mtimeMs, md5 }: AgreedEntry): number {
  return kind === 'link' ? Number.parseInt((md5 ?? '0').slice(0, 8), 16) : mtimeMs;
}
