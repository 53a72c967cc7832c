import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, type TestContext } from 'vitest';
import { FaultStage, type Moment, points, spreadPoints, timeout } from './fault-stage.ts';
import type { Left } from './honest-card.ts';

const appProcess = fileURLToPath(new URL('faulty-app-process.ts', import.meta.url));

/**
 * What the writer had begun (a request and those read ahead, at most four of up to 4 MiB, in up to 8 each for the drive),
 * and the erasing of what could boot (1 MiB, flushed and read).
 */
const mostAfterCancelling = 4 * 8 + 8;

let stage: FaultStage | undefined;
let moments: Moment[] = [];

/** One stage for all tests of this file. */
async function staged(context: TestContext): Promise<FaultStage> {
  if (stage === undefined) {
    stage = await FaultStage.open(context);
    await stage.plan();
    moments = await stage.recordBurn();
  }
  await stage.reset();
  stage.forgetReceipts();
  return stage;
}
afterAll(() => stage?.[Symbol.asyncDispose]());

describe(`at each of ${points} points of a burn`, () => {
  it('kill -9 of the writer: the job fails, and the card does not boot', { timeout }, async (context) => {
    const one = await staged(context);
    const lefts = new Set<Left>();
    await one.at(spreadPoints(moments), async (at, index) => {
      one.from(at, (_, isFirst) => {
        if (isFirst) process.kill(writerBelow(process.pid), 'SIGKILL');
        // What the kernel had on its way is done, or is not; the very first write is not.
        return index % 2 === 0 ? 'forget' : 'do';
      });
      const { ended } = await one.burn();
      expect(ended.outcome).toBe('failed');
      lefts.add(await one.expectHonest(ended, ['WRITER_DIED']));
      await one.reset();
    });
    expect([...lefts].toSorted()).toEqual(['does not boot', 'untouched', 'whole']);
  });

  for (const alsoWriter of [false, true]) {
    const what = alsoWriter
      ? 'the app and the writer: the next start says what may be on the card'
      : 'the app: the writer makes sure that the card does not boot, and ends';
    it(`kill -9 of ${what}`, { timeout }, async (context) => {
      const one = await staged(context);
      const lefts = new Set<Left>();
      let jobs = await one.world.jobs.list();
      await one.at(spreadPoints(moments), async (at, index) => {
        await killedApp(one, at, alsoWriter, index % 2 === 0 ? 'forget' : 'do');
        const known = new Set(jobs.map(({ id }) => id));
        jobs = await one.world.jobs.list();
        const job = jobs.find(({ id }) => !known.has(id));
        expect(job).toMatchObject({ state: 'cut-off', subject: one.devicePath });
        const ended = { type: 'ended', at: '', outcome: 'cut-off', problem: job?.problem } as const;
        const left = await one.expectHonest(ended, ['JOB_CUT_OFF']);
        lefts.add(left);
        // Only when the app had compared everything, and had said so.
        if (!alsoWriter && left === 'whole') expect(at.written).toBe(moments.at(-1)?.written);
        await one.reset();
      });
      expect(lefts).toContain('does not boot');
    });
  }

  it('cancelled: the writer stops at once and makes sure that the card does not boot', {
    timeout,
  }, async (context) => {
    const one = await staged(context);
    await one.at(spreadPoints(moments), async (at) => {
      let jobId = '';
      let after = 0;
      one.from(at, async (_, isFirst) => {
        // The drive answers when the writer has been told, so that what follows is not a matter of time.
        if (isFirst) await one.world.jobs.cancel(jobId);
        else after += 1;
        return 'do' as const;
      });
      const { ended } = await one.burn((id) => {
        jobId = id;
      });
      const left = await one.expectHonest(ended, ['CANCELLED']);
      // Once all is proven, a cancellation comes too late.
      if (ended.outcome !== 'done') {
        expect(['untouched', 'half erased', 'does not boot']).toContain(left);
        expect(after).toBeLessThanOrEqual(mostAfterCancelling);
      }
      await one.reset();
    });
  });
});

/** Kills the app, and the writer too if told, while it answers a request; resolves when both are gone. */
async function killedApp(
  one: FaultStage,
  at: Moment,
  alsoWriter: boolean,
  last: 'do' | 'forget',
): Promise<void> {
  const { world, resources } = one;
  const now = world.clock.now().toISOString();
  const start = { lab: world.labFolder, folders: world.folders, resources, now, path: one.drive.path };
  const app = spawn(process.execPath, [appProcess, JSON.stringify(start)], { stdio: 'ignore' });
  let writer = 0;
  one.from(at, (_, isFirst) => {
    if (isFirst) {
      writer = writerBelow(app.pid ?? 0);
      app.kill('SIGKILL');
      if (alsoWriter) process.kill(writer, 'SIGKILL');
    }
    return alsoWriter ? last : 'do';
  });
  await once(app, 'exit');
  expect(app.signalCode).toBe('SIGKILL');
  // It belongs to nobody now, and whoever reaps it is not this process.
  while (isRunning(writer)) await new Promise((resolve) => setTimeout(resolve, 10));
}

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
}

/** The elevated writer that this process started; reads nothing but /proc, and at once. */
function writerBelow(parent: number): number {
  for (const task of readdirSync(`/proc/${parent}/task`)) {
    for (const child of readFileSync(`/proc/${parent}/task/${task}/children`, 'latin1').split(' ')) {
      if (child === '') continue;
      if (readFileSync(`/proc/${child}/cmdline`, 'latin1').includes('writer.mjs\0')) return Number(child);
    }
  }
  throw new Error('there is no writer');
}
