import { createHash, randomBytes } from 'node:crypto';
import { cancelled, Problem } from '../../shared/problem.ts';
import { TAIL_SIZE } from '../imaging/card-layout.ts';
import { allocateAligned } from '../imaging/aligned-buffer.ts';
import type { ByteRange } from '../imaging/block-source.ts';
import { capacityMarks } from './capacity-marks.ts';
import type { HeldDrive } from './held-drive.ts';

const markBytes = 4096;

/**
 * Finds a card that claims more than it has: it forgets what is written beyond its end, or writes it over something
 * else, and a node that grows its file system onto it loses data months later. Marks that nobody could know are written
 * all over it and read back, at once and again when everything else is written.
 */
export class CapacityProbe {
  readonly #drive: HeldDrive;
  readonly #signal: AbortSignal;
  readonly #nonce = randomBytes(32);
  readonly #offsets: readonly number[];

  /** `kept` is not to be marked: sorted, disjoint. */
  constructor(drive: HeldDrive, kept: readonly ByteRange[], signal: AbortSignal) {
    this.#drive = drive;
    this.#signal = signal;
    // The last one lies where the drive must hold something at its very end.
    const end = drive.size - (drive.size % markBytes) - TAIL_SIZE - markBytes;
    this.#offsets = [...capacityMarks(end), end].filter(
      (offset) => offset > 0 && !kept.some((range) => overlaps(range, offset)),
    );
  }

  /** CANCELLED. */
  async write(): Promise<void> {
    const block = allocateAligned(markBytes);
    for (const offset of this.#offsets) {
      this.#stopIfCancelled();
      this.#mark(block, offset);
      await this.#drive.write(block, offset);
    }
  }

  /** DRIVE_COUNTERFEIT, CANCELLED. */
  async check(): Promise<void> {
    const found = allocateAligned(markBytes);
    const wanted = Buffer.alloc(markBytes);
    for (const offset of this.#offsets) {
      this.#stopIfCancelled();
      await this.#drive.read(found, offset);
      this.#mark(wanted, offset);
      if (!found.equals(wanted)) throw counterfeit(offset, this.#drive.size);
    }
  }

  /** CANCELLED. */
  async erase(): Promise<void> {
    for (const offset of this.#offsets) {
      this.#stopIfCancelled();
      await this.#drive.zero(offset, markBytes);
    }
  }

  #stopIfCancelled(): void {
    if (this.#signal.aborted) throw cancelled('');
  }

  #mark(block: Buffer, offset: number): void {
    const digest = createHash('sha256').update(this.#nonce).update(String(offset)).digest();
    for (let at = 0; at < markBytes; at += digest.length) block.set(digest, at);
  }
}

function overlaps({ offset, length }: ByteRange, mark: number): boolean {
  return mark < offset + length && offset < mark + markBytes;
}

function counterfeit(offset: number, size: number): Problem {
  return new Problem('DRIVE_COUNTERFEIT', {
    what: `The drive says it holds ${size} bytes, but what was written at byte ${offset} does not read back. It is smaller than it says, or worn out.`,
    state: '',
    next: 'Do not use this card for anything. Burn another one.',
  });
}
