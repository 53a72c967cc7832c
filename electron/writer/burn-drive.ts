import { asProblem, cancelled, Problem } from '../../shared/problem.ts';
import type { CardPlan } from '../../shared/schemas/card.ts';
import type { Drive } from '../../shared/schemas/drive.ts';
import { allocateAligned } from '../imaging/aligned-buffer.ts';
import type { BlockSource, ByteRange } from '../imaging/block-source.ts';
import {
  intersectRanges,
  joinRanges,
  roundOutwards,
  subtractRanges,
  totalLength,
} from '../imaging/byte-ranges.ts';
import { HEAD_SIZE, TABLE_SIZE, tailRanges } from '../imaging/card-layout.ts';
import type { AppConnection } from './app-connection.ts';
import { CapacityProbe } from './capacity-probe.ts';
import type { DeviceLimits } from './device-limits.ts';
import { freeRanges, overwrite, overwriteBytes } from './free-space.ts';
import type { HeldDrive } from './held-drive.ts';
import { misunderstood } from './misunderstood.ts';
import { provePieces } from './prove-pieces.ts';
import { writeRanges } from './write-ranges.ts';
import type { WriterSystem } from './writer-system.ts';

export interface BurnJob {
  readonly plan: CardPlan;
  readonly drive: Drive;
  /** base ⊕ delta. */
  readonly image: BlockSource;
  /** Sorted, disjoint, none across the end of the head. */
  readonly pieces: readonly ByteRange[];
  /** Looks at the drive again, now that it is held; rejects when it is another one by now. */
  recheck(): Promise<unknown>;
  readonly system: WriterSystem;
}

/** What is on the drive, from the first write on. */
type Left = 'untouched' | 'erasing' | 'erased' | 'booting';

/**
 * Erases a drive and writes a card onto it, so that at no moment a part of a card can boot: what makes it boot is erased
 * first and written last, when the app has compared everything else. DRIVE_FAILED, DRIVE_COUNTERFEIT, VERIFY_MISMATCH,
 * TARGET_IN_USE, TARGET_CHANGED, TARGET_TOO_SMALL, CANCELLED; each says what it left.
 */
export async function burnDrive(job: BurnJob, app: AppConnection): Promise<void> {
  const { drive, image, system } = job;
  if (drive.size < image.size) throw tooSmall(job);
  const held = await system.hold(drive, 'write');
  const burn = new DriveBurn(job, app, held, await system.limits(drive));
  try {
    await job.recheck();
    await burn.run();
  } catch (error) {
    throw await burn.abandon(error);
  } finally {
    await held.close();
  }
}

class DriveBurn {
  readonly #job: BurnJob;
  readonly #app: AppConnection;
  readonly #held: HeldDrive;
  readonly #limits: DeviceLimits;
  #left: Left = 'untouched';

  constructor(job: BurnJob, app: AppConnection, held: HeldDrive, limits: DeviceLimits) {
    this.#job = job;
    this.#app = app;
    this.#held = held;
    this.#limits = limits;
  }

  async run(): Promise<void> {
    const { pieces, plan } = this.#job;
    const head = { offset: 0, length: Math.min(HEAD_SIZE, this.#held.size) };
    const written = this.#aligned(pieces);
    const ends = [head, ...tailRanges(this.#held.size, written)];
    const body = subtractRanges(written, [head]);
    const free =
      plan.freeSpace === 'overwrite'
        ? freeRanges(this.#held.size, joinRanges([...written, ...ends]), this.#limits)
        : [];
    const probe = new CapacityProbe(this.#held, joinRanges([...body, ...ends]), this.#app.signal);

    await this.#app.send({ type: 'ready' });
    await this.#expect('erase');
    await this.#erase(ends, probe);
    await this.#write(body, free);
    await this.#proveBody(body, free, ends, probe);
    await this.#app.send({ type: 'body' });
    await this.#expect('head');
    await this.#writeHead(intersectRanges(written, [head]));
    await this.#app.send({ type: 'head' });
    await this.#app.expect('finish');
    await this.#held.flush();
  }

  /** The app may take as long as it wants to, and somebody may change the card in its reader meanwhile. */
  async #expect(type: 'erase' | 'head'): Promise<void> {
    await this.#app.expect(type);
    await this.#held.checkUnchanged();
  }

  /** Makes sure that what is left does not boot, and says so. */
  async abandon(error: unknown): Promise<unknown> {
    // Also when it was erased: a card that lies about its size may have something there again.
    if (this.#left !== 'untouched') {
      try {
        await this.#held.checkUnchanged();
        await this.#eraseStart(Math.min(HEAD_SIZE, this.#held.size));
        this.#left = 'erased';
      } catch (second) {
        // The first error is what the operator is told; this one only decides what is left.
        if (!(second instanceof Error)) throw second;
        if (asProblem(second)?.code === 'VERIFY_MISMATCH' && this.#left === 'erased') this.#left = 'booting';
      }
    }
    const state = this.#state();
    if (this.#app.signal.aborted) return cancelled(state);
    const { code, data } = asProblem(error) ?? misunderstood(error);
    return new Problem(code, { ...data, state }, { cause: error });
  }

  async #erase(ends: readonly ByteRange[], probe: CapacityProbe): Promise<void> {
    const progress = (done: number) => this.#app.send({ type: 'progress', step: 'erase', done, total: 3 });
    // Before anything else is changed: while the old system can boot, it is whole.
    this.#left = 'erasing';
    await this.#eraseStart(TABLE_SIZE);
    this.#left = 'erased';
    await progress(1);
    const { plan, system } = this.#job;
    if (plan.freeSpace === 'discard') await system.discardAll(this.#held, HEAD_SIZE, this.#app.signal);
    for (const { offset, length } of ends) await this.#held.zero(offset, length);
    await this.#held.flush();
    await progress(2);
    await probe.write();
    await this.#held.flush();
    await probe.check();
    await progress(3);
  }

  /** A worn-out card takes every write, forgets it, and goes on booting what it holds. VERIFY_MISMATCH. */
  async #eraseStart(length: number): Promise<void> {
    await this.#held.zero(0, length);
    await this.#held.flush();
    const found = allocateAligned(length);
    await this.#held.read(found, 0);
    if (!found.equals(Buffer.alloc(length))) throw notErased();
  }

  async #write(body: readonly ByteRange[], free: readonly ByteRange[]): Promise<void> {
    const bodyBytes = totalLength(body);
    const total = bodyBytes + overwriteBytes(this.#job.plan.freeSpace, free);
    const progress = this.#progress('write', total);
    await writeRanges({
      drive: this.#held,
      limits: this.#limits,
      image: this.#job.image,
      ranges: body,
      signal: this.#app.signal,
      onProgress: progress,
    });
    await this.#overwrite(free, 'write', (done) => progress(bodyBytes + done));
    await this.#held.flush();
    progress(total);
  }

  async #proveBody(
    body: readonly ByteRange[],
    free: readonly ByteRange[],
    ends: readonly ByteRange[],
    probe: CapacityProbe,
  ): Promise<void> {
    const bodyBytes = totalLength(body);
    const progress = this.#progress('verify', bodyBytes + overwriteBytes(this.#job.plan.freeSpace, free));
    // First, since a card that is smaller than it says has other things in the wrong place, too.
    if (free.length === 0) await probe.check();
    await this.#prove((piece) => piece.offset >= HEAD_SIZE, progress);
    await this.#overwrite(free, 'verify', (done) => progress(bodyBytes + done));
    if (free.length === 0) await probe.erase();
    // The end of the drive and its head are still as they were erased, or something else was written over them.
    const erased = subtractRanges(ends, body);
    await this.#overwrite(erased, 'verify', () => undefined);
  }

  async #writeHead(head: readonly ByteRange[]): Promise<void> {
    const table = [{ offset: 0, length: TABLE_SIZE }];
    this.#left = 'booting';
    for (const ranges of [subtractRanges(head, table), intersectRanges(head, table)]) {
      await writeRanges({
        drive: this.#held,
        limits: this.#limits,
        image: this.#job.image,
        ranges,
        signal: this.#app.signal,
        onProgress: () => undefined,
      });
      await this.#held.flush();
      await this.#compare(ranges);
    }
    await this.#prove(
      (piece) => piece.offset < HEAD_SIZE,
      () => undefined,
    );
  }

  /** So that the partition table, which comes last, never makes a damaged head boot. */
  async #compare(ranges: readonly ByteRange[]): Promise<void> {
    for (const { offset, length } of ranges) {
      const found = allocateAligned(length);
      const wanted = Buffer.alloc(length);
      await this.#held.read(found, offset);
      this.#job.image.read(wanted.subarray(0, Math.min(length, this.#job.image.size - offset)), offset);
      if (!found.equals(wanted)) throw headMismatch();
    }
  }

  async #prove(wanted: (piece: ByteRange) => boolean, onProgress: (bytes: number) => void): Promise<void> {
    const proven = provePieces({
      drive: this.#held,
      limits: this.#limits,
      pieces: this.#job.pieces.map((piece, index) => ({ ...piece, index })).filter(wanted),
      signal: this.#app.signal,
      onProgress,
    });
    for await (const { piece, sha256 } of proven) {
      await this.#app.send({ type: 'piece', index: piece.index, sha256 });
    }
  }

  #overwrite(ranges: readonly ByteRange[], step: 'write' | 'verify', onProgress: (bytes: number) => void) {
    const { signal } = this.#app;
    return overwrite({ drive: this.#held, limits: this.#limits, ranges, signal, step, onProgress });
  }

  /** A few times a second; a message that cannot be sent any more is found out by the next that matters. */
  #progress(step: 'write' | 'verify', total: number): (done: number) => void {
    let said = Number.NEGATIVE_INFINITY;
    return (done) => {
      const now = performance.now();
      if (now - said < 100 && done < total) return;
      said = now;
      this.#app.send({ type: 'progress', step, done: Math.min(done, total), total }).catch(() => undefined);
    };
  }

  #aligned(ranges: readonly ByteRange[]): ByteRange[] {
    return joinRanges(roundOutwards(ranges, this.#limits.alignment, this.#held.size));
  }

  #state(): string {
    const { path, label } = this.#job.drive;
    switch (this.#left) {
      case 'untouched':
        return `Nothing was written to ${label} (${path}).`;
      case 'erasing':
        return `${label} (${path}) was about to be erased: it may still boot what was on it before. Do not use it.`;
      case 'erased':
        return `${label} (${path}) is erased at its start: it does not boot, and what was on it is lost.`;
      case 'booting':
        return `${label} (${path}) may boot, but it is not proven: do not use it.`;
      default:
        return this.#left satisfies never;
    }
  }
}

function tooSmall({ drive, image }: BurnJob): Problem {
  return new Problem('TARGET_TOO_SMALL', {
    what: `The image needs ${image.size} bytes; ${drive.label} has ${drive.size}.`,
    state: 'Nothing was written.',
    next: 'Use a larger card.',
  });
}

function notErased(): Problem {
  return new Problem('VERIFY_MISMATCH', {
    what: 'The drive was told to erase its start, but it holds something there still: it does not keep what is written.',
    state: '',
    next: 'Look at the lock switch of the card and try another reader; else use another card, and destroy this one if it held secrets.',
  });
}

function headMismatch(): Problem {
  return new Problem('VERIFY_MISMATCH', {
    what: 'What makes the card boot does not read back as it was written.',
    state: '',
    next: 'Burn it again; if it happens again, use another card.',
  });
}
