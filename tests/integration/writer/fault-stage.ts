import { createHash, randomFillSync } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { expect, type TestContext } from 'vitest';
import { createDrives } from '../../../electron/services/drives/create-drives.ts';
import {
  createWriterLauncher,
  type WriterLauncher,
} from '../../../electron/services/drives/launch/writer-launcher.ts';
import { HEAD_SIZE, TABLE_SIZE } from '../../../electron/imaging/card-layout.ts';
import type { ByteRange } from '../../../electron/imaging/block-source.ts';
import type { ProblemCode } from '../../../shared/problem.ts';
import type { FreeSpace, PlannedCard, Receipt } from '../../../shared/schemas/card.ts';
import type { JobEvent } from '../../../shared/schemas/job.ts';
import { FaultyDrive, requireFaultyDrives } from '../../rig/faults/faulty-drive.ts';
import { FaultyMedium, type Judge } from '../../rig/faults/faulty-medium.ts';
import type { BlockRequest } from '../../rig/faults/nbd-server.ts';
import { buildWriter } from '../../e2e/built-writer.ts';
import { createCardWorld, ending, finish, type CardWorld } from '../cards/card-world.ts';
import { expectHonestCard, type Left } from './honest-card.ts';

/** How often each fault is tried, each time at another point of a burn: by `npm run test:long`, and in every run. */
const allPoints = 50;
const somePoints = 16;
export const points = process.env['SIFAKA_FAULT_POINTS'] === 'all' ? allPoints : somePoints;
/** Of all points together, in milliseconds, on a machine that has other things to do. */
export const timeout = 900_000;
/** The demo image has 96 MiB. */
export const cardSize = 104 << 20;
const node = 'titan-13';

type Ended = Extract<JobEvent, { type: 'ended' }>;

/** What must be on a card that is said to be good. */
export interface WantedCard {
  /** Sorted, disjoint. */
  readonly ranges: readonly ByteRange[];
  /** base ⊕ delta. */
  readonly bytes: Buffer;
}

/** A moment of a burn: this request comes next. */
export interface Moment {
  readonly request: BlockRequest;
  /** Bytes, and one for each flush. */
  readonly written: number;
  /** Bytes since something was last written or flushed. */
  readonly read: number;
}

/** One drive that can be made to fail, and a card that is burned onto it again and again. */
export class FaultStage implements AsyncDisposable {
  readonly world: CardWorld;
  readonly medium: FaultyMedium;
  readonly drive: FaultyDrive;
  readonly wanted: WantedCard;
  /** As the services are told where the program is. */
  readonly resources: string;
  /** Of the drive that was planned for, also when it is pulled out. */
  devicePath = '';
  readonly #removeWriter: () => Promise<void>;
  #planned: PlannedCard | undefined;

  private constructor(
    world: CardWorld,
    medium: FaultyMedium,
    drive: FaultyDrive,
    wanted: WantedCard,
    writer: { resources: string; remove: () => Promise<void> },
  ) {
    this.world = world;
    this.medium = medium;
    this.drive = drive;
    this.wanted = wanted;
    this.resources = writer.resources;
    this.#removeWriter = writer.remove;
  }

  /** Skips the test loudly where there can be none. */
  static async open(
    context: TestContext,
    wrap: (launcher: WriterLauncher) => WriterLauncher = (launcher) => launcher,
  ): Promise<FaultStage> {
    requireFaultyDrives(context);
    await using undo = new AsyncDisposableStack();
    const writer = await buildWriter();
    undo.defer(writer.remove);
    const script = join(writer.resources, '../out/writer/writer.mjs');
    const world = await createCardWorld({
      drives: createDrives({ protectedPaths: [] }),
      launcher: wrap(createWriterLauncher({ node: process.execPath, script, helper: undefined })),
    });
    undo.defer(() => world.close());
    fillBootGap(world);
    const medium = new FaultyMedium(cardSize);
    const drive = undo.use(await FaultyDrive.make(medium));
    await drive.plugIn();
    const wanted = await buildWanted(world);
    undo.move();
    return new FaultStage(world, medium, drive, wanted, writer);
  }

  /** A plan for the drive as it is now. */
  async plan(freeSpace: FreeSpace = 'keep'): Promise<PlannedCard> {
    this.devicePath = this.drive.path;
    const target = { kind: 'drive', path: this.devicePath, freeSpace } as const;
    this.#planned = await this.world.cards.plan({ node, target });
    return this.#planned;
  }

  /** Runs the last plan to its end; `started` is told the job's id. */
  async burn(started?: (jobId: string) => void): Promise<{ ended: Ended; events: JobEvent[] }> {
    const { digest } = this.#planned ?? (await this.plan());
    const { jobId } = await this.world.cards.burn(digest);
    started?.(jobId);
    const events = await finish(this.world.jobs, jobId);
    return { ended: ending(events), events };
  }

  /** The moments of a burn that goes well: each request of the kernel, surveys of drives left out. */
  async recordBurn(): Promise<Moment[]> {
    const moments: Moment[] = [];
    this.#watch((moment) => {
      moments.push(moment);
      return 'do';
    });
    const { ended } = await this.burn();
    expect(ended.problem).toBeUndefined();
    await this.expectHonest(ended, []);
    await this.reset();
    return moments;
  }

  /** Judges the requests of a burn from a moment on, the first one included; surveys of drives go well. */
  from(start: Moment, judge: (request: BlockRequest, isFirst: boolean) => ReturnType<Judge>): void {
    let begun = false;
    this.#watch((moment) => {
      const isFirst = !begun && isReached(start, moment);
      begun ||= isFirst;
      return begun ? judge(moment.request, isFirst) : 'do';
    });
  }

  #watch(judge: (moment: Moment) => ReturnType<Judge>): void {
    let [written, read] = [0, 0];
    this.medium.judge = (request) => {
      if (!isOfTheBurn(request)) return 'do';
      const verdict = judge({ request, written, read });
      if (request.kind === 'read') read += request.length;
      else {
        written += Math.max(1, request.length);
        read = 0;
      }
      return verdict;
    };
  }

  /** The card is as new, and nothing is wrong with it any more; the kernel has not forgotten to look. */
  async reset(): Promise<void> {
    this.medium.reset();
    await this.drive.forgetCached();
  }

  /** Path of the raw golden image that is burned. */
  async cachedImage(): Promise<string> {
    const { plan } = this.#planned ?? (await this.plan());
    const cached = await this.world.images.find(plan.image.fileSha256);
    if (cached === undefined) throw new Error('the golden image is not in the cache');
    return cached.path;
  }

  /** What is true after every burn, good or bad; answers what it left. */
  async expectHonest({ outcome, problem }: Ended, codes: readonly ProblemCode[]): Promise<Left> {
    const good = outcome === 'done';
    expect(await this.receipts()).toHaveLength(good ? 1 : 0);
    if (!good) {
      expect(codes).toContain(problem?.code);
      expect(problem?.state).toContain(this.devicePath);
      expect(problem?.next).toMatch(/again|plan|card/i);
    }
    this.forgetReceipts();
    return expectHonestCard(this, { state: problem?.state ?? '', good });
  }

  /** Does something at each point, and says at which it failed. */
  async at<Point>(chosen: readonly Point[], attempt: (point: Point, index: number) => Promise<void>) {
    expect(chosen).toHaveLength(points);
    for (const [index, point] of chosen.entries()) {
      await attempt(point, index).catch((error: unknown) => {
        throw new Error(`point ${index}, ${JSON.stringify(point)}: ${String(error)}`, { cause: error });
      });
    }
  }

  /** Of all cards that were said to be good since they were last forgotten. */
  async receipts(): Promise<Receipt[]> {
    return await this.world.cards.receipts({});
  }

  forgetReceipts(): void {
    forgetReceipts(this.world);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drive[Symbol.asyncDispose]();
    await this.world.close();
    await this.#removeWriter();
  }
}

/**
 * So many moments of a burn, spread over all of its phases: the large requests, the partition table and the flushes first,
 * since most of the others are marks of 4 KiB that try the capacity.
 */
export function spreadPoints(moments: readonly Moment[]): Moment[] {
  const isLarge = ({ request }: Moment) => request.length !== 4096 || request.offset === 0;
  const large = spreadOver(moments.filter(isLarge), points);
  const small = moments.filter((moment) => !isLarge(moment));
  return [...large, ...spreadOver(small, points - large.length)];
}

/**
 * The kernel splits requests as it likes, so that their number is another in each run, and so is what the small ones sum up
 * to, which are not counted: what ends the reading has been reached with the last of it.
 */
function isReached(start: Moment, { request, written, read }: Moment): boolean {
  if (written !== start.written) return written > start.written;
  return read >= start.read || request.kind !== 'read';
}

/** So many of them, evenly, the first and the last included. */
export function spreadOver<Value>(values: readonly Value[], count: number): Value[] {
  if (values.length <= count) return [...values];
  const step = (values.length - 1) / Math.max(1, count - 1);
  return Array.from({ length: count }, (_, index) => values[Math.round(index * step)]).filter(
    (value) => value !== undefined,
  );
}

/** A survey of drives, this or another program's, reads a little at both ends. */
export function isOfTheBurn({ kind, length }: BlockRequest): boolean {
  return kind !== 'read' || length >= 64 << 10;
}

/**
 * Puts something between the partition table and the first partition, where boards have their boot loader (U-Boot, GRUB)
 * and the demo image has nothing, so that it shows whether it is there before the table is.
 */
function fillBootGap(world: CardWorld): void {
  const file = join(world.labFolder, 'metis/images/demo.img');
  const image = zstdDecompressSync(readFileSync(`${file}.zst`));
  randomFillSync(image, 2 * TABLE_SIZE, HEAD_SIZE - 2 * TABLE_SIZE);
  writeFileSync(file, image);
  const sha256 = createHash('sha256').update(image).digest('hex');
  world.editInventory((text) =>
    text.replace('demo.img.zst', 'demo.img').replace(/sha256: [0-9a-f]{64}/, `sha256: ${sha256}`),
  );
}

/** The same card as a file, made without the elevated writer. */
async function buildWanted(world: CardWorld): Promise<WantedCard> {
  const path = join(world.folder, 'wanted.img');
  const planned = await world.cards.plan({ node, target: { kind: 'new-file', path } });
  const { jobId } = await world.cards.burn(planned.digest);
  const { report } = ending(await finish(world.jobs, jobId));
  if (report?.kind !== 'card') throw new Error('the card was not built');
  const bytes = readFileSync(path);
  rmSync(path);
  forgetReceipts(world);
  world.clock.set(new Date(planned.plan.clock));
  const ranges = report.receipt.ranges.map(({ offset, length }) => ({ offset, length }));
  return { ranges: ranges.toSorted((a, b) => a.offset - b.offset), bytes };
}

function forgetReceipts(world: CardWorld): void {
  rmSync(join(world.folders.data, 'receipts'), { recursive: true, force: true });
}
