import { afterAll, describe, expect, it, type TestContext } from 'vitest';
import { FaultStage, type Moment, points, spreadPoints, timeout } from './fault-stage.ts';
import type { Left } from './honest-card.ts';

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

/** In an order that is the same in each run. */
function coin(seed: number): () => boolean {
  let state = seed * 2_654_435_761 + 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state > 0x8000_0000;
  };
}

describe(`a drive, at each of ${points} points of a burn,`, () => {
  it('reports errors from there on: no card that boots is left, and the state is named', {
    timeout,
  }, async (context) => {
    const one = await staged(context);
    const lefts = new Set<Left>();
    await one.at(spreadPoints(moments), async (at) => {
      one.from(at, () => 'EIO');
      const { ended } = await one.burn();
      expect(ended.outcome).toBe('failed');
      lefts.add(await one.expectHonest(ended, ['DRIVE_FAILED']));
      await one.reset();
    });
    expect(lefts).toContain('does not boot');
    expect(lefts).toContain('whole');
  });

  it('reports one error and is well again: the card is proven or does not boot', {
    timeout,
  }, async (context) => {
    const one = await staged(context);
    await one.at(spreadPoints(moments), async (at) => {
      one.from(at, (_, isFirst) => (isFirst ? 'EIO' : 'do'));
      const { ended } = await one.burn();
      const left = await one.expectHonest(ended, ['DRIVE_FAILED']);
      if (ended.outcome !== 'done') expect(['untouched', 'half erased', 'does not boot']).toContain(left);
      await one.reset();
    });
  });

  it('takes no more writes (ENOSPC): the card does not boot', { timeout }, async (context) => {
    const one = await staged(context);
    await one.at(spreadPoints(moments.filter(({ request }) => request.kind === 'write')), async (at) => {
      one.from(at, ({ kind }) => (kind === 'write' ? 'ENOSPC' : 'do'));
      const { ended } = await one.burn();
      expect(ended.outcome).toBe('failed');
      await one.expectHonest(ended, ['DRIVE_FAILED']);
      await one.reset();
    });
  });

  it('is pulled out, and forgets what it had not flushed: no half-written card boots', {
    timeout,
  }, async (context) => {
    const one = await staged(context);
    const lefts = new Set<Left>();
    await one.at(spreadPoints(moments), async (at, index) => {
      one.from(at, (_, isFirst) => {
        if (isFirst) one.drive.cut();
        return 'gone';
      });
      const { ended } = await one.burn();
      expect(ended.outcome).toBe('failed');
      one.medium.losePower(coin(index));
      lefts.add(await one.expectHonest(ended, ['DRIVE_FAILED']));
      await one.reset();
      await one.drive.unplug();
      await one.drive.plugIn();
      await one.plan();
    });
    expect(lefts).toContain('does not boot');
    expect(lefts).toContain('whole');
  });
});
