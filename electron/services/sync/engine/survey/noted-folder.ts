import { RecordWriter, digestedTime } from '../agreed-records.ts';
import type { AgreedEntry } from '../agreed-records.ts';
import type { ByteName } from '../entry.ts';
import { DigestSum } from './folder-digest.ts';
import type { FolderDigest } from './folder-digest.ts';

/** What is agreed on in the folder that is being looked at. Files are kept as plain numbers, as nearly all are thrown away. */
export class NotedFolder {
  readonly #wanted: boolean;
  readonly #sum = new DigestSum();
  #names: ByteName[] = [];
  #sizes: number[] = [];
  #times: number[] = [];
  /** By index: whatever is no file without an MD5. */
  readonly #others = new Map<number, AgreedEntry | undefined>();

  constructor(wanted: boolean) {
    this.#wanted = wanted;
  }

  clear(): void {
    this.#sum.clear();
    this.#names = [];
    this.#sizes = [];
    this.#times = [];
    this.#others.clear();
  }

  file(name: ByteName, size: number, mtimeMs: number): void {
    if (!this.#wanted) return;
    this.#sum.add(name, 'file', size, mtimeMs);
    this.#names.push(name);
    this.#sizes.push(size);
    this.#times.push(mtimeMs);
  }

  /** `undefined` where the sides differ. */
  entry(name: ByteName, entry: AgreedEntry | undefined): void {
    if (!this.#wanted) return;
    this.#sum.add(
      name,
      entry?.kind ?? 'differs',
      entry?.size ?? 0,
      entry === undefined ? 0 : digestedTime(entry),
    );
    this.#others.set(this.#names.length, entry);
    this.#names.push(name);
    this.#sizes.push(0);
    this.#times.push(0);
  }

  get digest(): FolderDigest {
    return this.#sum.digest;
  }

  record(): Uint8Array<ArrayBuffer> {
    const record = new RecordWriter();
    for (const [at, name] of this.#names.entries()) {
      const agreed: AgreedEntry | undefined = this.#others.has(at)
        ? this.#others.get(at)
        : { kind: 'file', size: this.#sizes[at] ?? 0, mtimeMs: this.#times[at] ?? 0 };
      record.add(name, { agreed, differs: agreed === undefined });
    }
    return record.take();
  }
}
