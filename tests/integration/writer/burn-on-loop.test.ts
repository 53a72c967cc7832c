import { randomFillSync } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { createDrives } from '../../../electron/services/drives/create-drives.ts';
import { createWriterLauncher } from '../../../electron/services/drives/launch/writer-launcher.ts';
import { allocateAligned } from '../../../electron/imaging/aligned-buffer.ts';
import { TAIL_SIZE } from '../../../electron/imaging/card-layout.ts';
import type { FreeSpace, Receipt } from '../../../shared/schemas/card.ts';
import type { JobEvent } from '../../../shared/schemas/job.ts';
import { buildWriter } from '../../e2e/built-writer.ts';
import { createCardWorld, ending, finish, type CardWorld } from '../cards/card-world.ts';
import { LoopDevices, runTool } from '../drives/loop-devices.ts';

const MiB = 1 << 20;
const page = 4096;
/** The demo image has 96 MiB. */
const cardSize = 104 * MiB;

/** So that two cards made from one lab are the same. */
const clock = new Date('2026-03-01T12:00:00.000Z');
let wanted: Promise<Buffer> | undefined;
let writer: Awaited<ReturnType<typeof buildWriter>>;
let world: CardWorld;

beforeAll(async () => {
  writer = await buildWriter();
  const script = join(writer.resources, '../out/writer/writer.mjs');
  world = await createCardWorld({
    drives: createDrives({ protectedPaths: [] }),
    launcher: createWriterLauncher({ node: process.execPath, script, helper: undefined }),
  });
  world.clock.set(clock);
});
afterAll(async () => {
  await world.close();
  await writer.remove();
});

/** A loop device over a file of random bytes. */
async function randomCard(context: TestContext, size = cardSize) {
  const loops = await LoopDevices.open(context, 'blkdiscard');
  context.onTestFinished(() => loops[Symbol.asyncDispose]());
  const file = join(loops.folder, 'card.img');
  const old = randomFillSync(Buffer.alloc(size));
  await writeFile(file, old);
  return { file, old, path: await loops.attach(file), loops };
}

async function burn(path: string, freeSpace: FreeSpace): Promise<{ receipt: Receipt; events: JobEvent[] }> {
  const target = { kind: 'drive', path, freeSpace } as const;
  const { digest } = await world.cards.plan({ node: 'titan-13', target });
  const { jobId } = await world.cards.burn(digest);
  const events = await finish(world.jobs, jobId);
  const { report, problem } = ending(events);
  if (report?.kind !== 'card') throw new Error(`the burn failed: ${JSON.stringify(problem)}`);
  return { receipt: report.receipt, events };
}

/** base ⊕ delta, made without the elevated writer. */
async function buildWanted(): Promise<Buffer> {
  const path = join(world.folder, 'wanted.img');
  const planned = await world.cards.plan({ node: 'titan-13', target: { kind: 'new-file', path } });
  const { jobId } = await world.cards.burn(planned.digest);
  expect(ending(await finish(world.jobs, jobId)).outcome).toBe('done');
  return await readFile(path);
}

/** All of a device, past every cache. */
async function readDirectly(path: string, size: number): Promise<Buffer> {
  await using device = await open(path, constants.O_RDONLY | constants.O_DIRECT);
  const bytes = allocateAligned(size);
  for (let at = 0; at < size; ) at += (await device.read(bytes, at, Math.min(MiB, size - at), at)).bytesRead;
  return bytes;
}

describe('a loop device full of random bytes', () => {
  for (const freeSpace of ['keep', 'discard', 'overwrite'] as const) {
    it(`is burned, and every mapped range is image ⊕ delta (${freeSpace})`, async (context) => {
      const { path, old, file } = await randomCard(context);
      const { receipt } = await burn(path, freeSpace);
      const card = await (wanted ??= buildWanted());
      const found = await readDirectly(path, cardSize);

      expect(receipt.readFromMedium).toBe(true);
      const used = new Uint8Array(cardSize / page);
      for (const { offset, length } of receipt.ranges) {
        const [from, to] = [offset, offset + length];
        expect(found.subarray(from, to).equals(card.subarray(from, to)), `at byte ${from}`).toBe(true);
        used.fill(1, Math.floor(from / page), Math.ceil(to / page));
      }
      // What nobody asked for: neither more nor less than was said.
      used.fill(1, 0, MiB / page);
      used.fill(1, (cardSize - TAIL_SIZE) / page);
      let [asBefore, zeros] = [0, 0];
      for (let number = 0; number < used.length; number += 1) {
        if (used[number] === 1) continue;
        const bytes = found.subarray(number * page, (number + 1) * page);
        if (bytes.equals(old.subarray(number * page, (number + 1) * page))) asBefore += 1;
        else if (bytes.equals(Buffer.alloc(page))) zeros += 1;
        else expect.unreachable(`page ${number} is neither as before nor empty`);
      }
      if (freeSpace === 'keep') {
        // The pages that the capacity was tried with.
        expect(zeros).toBeLessThanOrEqual(32);
        expect(asBefore).toBeGreaterThan(20_000);
      } else expect(asBefore).toBe(0);
      if (freeSpace === 'discard') {
        // Given back to the file system below, not written.
        const blocks = Number(await runTool('stat', '--format=%b', file)) * 512;
        expect(blocks).toBeLessThan(cardSize / 2);
      }
    });
  }

  it('that is too small is refused, and nothing is written to it', async (context) => {
    const { path, old, file } = await randomCard(context, 95 * MiB);
    const plan = world.cards.plan({ node: 'titan-13', target: { kind: 'drive', path } });
    await expect(plan).rejects.toMatchObject({ code: 'TARGET_TOO_SMALL' });
    expect((await readFile(file)).equals(old)).toBe(true);
  });

  it('that shrinks after it was planned for is refused, and nothing is written to it', async (context) => {
    const { path, old, file } = await randomCard(context);
    const { digest } = await world.cards.plan({ node: 'titan-13', target: { kind: 'drive', path } });
    await using backing: FileHandle = await open(file, 'r+');
    await backing.truncate(100 * MiB);
    await runTool('losetup', '--set-capacity', path);
    await expect(world.cards.burn(digest)).rejects.toMatchObject({ code: 'PLAN_CHANGED' });
    expect((await readFile(file)).equals(old.subarray(0, 100 * MiB))).toBe(true);
  });
});

describe('a change behind the back of the system', () => {
  it('is missed by a buffered read and found by the verifier', async (context) => {
    const { path, file } = await randomCard(context);
    const { receipt } = await burn(path, 'keep');
    const at = Math.max(...receipt.ranges.map(({ offset }) => offset)) + 17;
    // Whoever has it open keeps what was read of it in the system's cache.
    await using reader = await open(path, 'r');
    const buffered = async () => (await reader.read(Buffer.alloc(64), 0, 64, at)).buffer;
    const before = await buffered();
    await using backing = await open(file, 'r+');
    await backing.write(Buffer.of((before[0] ?? 0) ^ 1), 0, 1, at);

    expect((await buffered()).equals(before), 'a buffered read must miss it').toBe(true);
    const { jobId } = await world.cards.verify({ node: 'titan-13', target: { kind: 'drive', path } });
    const { outcome, problem } = ending(await finish(world.jobs, jobId));
    expect(outcome).toBe('failed');
    expect(problem?.code).toBe('VERIFY_MISMATCH');
    expect((await buffered()).equals(before), 'still').toBe(true);

    await backing.write(before, 0, 1, at);
    const again = await world.cards.verify({ node: 'titan-13', target: { kind: 'drive', path } });
    expect(ending(await finish(world.jobs, again.jobId)).outcome).toBe('done');
  });
});
