import { copyFileSync, truncateSync } from 'node:fs';
import { afterAll, describe, expect, it, type TestContext } from 'vitest';
import { TABLE_SIZE } from '../../../electron/imaging/card-layout.ts';
import {
  cardSize,
  FaultStage,
  type Moment,
  points,
  spreadOver,
  spreadPoints,
  timeout,
} from './fault-stage.ts';

const page = 4096;
const mebibyte = 1 << 20;
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

/** Sizes a card may really have, from 8 MiB to almost all that it says. */
const realSizes = spreadOver(
  Array.from({ length: cardSize / mebibyte - 8 }, (_, number) => (number + 8) * mebibyte),
  points,
);

describe(`a card that lies, in ${points} ways,`, () => {
  it('and has less than it says is found out, whatever becomes of what is written beyond', {
    timeout,
  }, async (context) => {
    const one = await staged(context);
    await one.at(realSizes, async (size, index) => {
      // Written over something else, or forgotten.
      one.medium.place = (offset) => (offset < size ? offset : index % 2 === 0 ? offset % size : undefined);
      const { ended } = await one.burn();
      expect(ended.outcome).toBe('failed');
      expect(await one.expectHonest(ended, ['DRIVE_COUNTERFEIT'])).toBe('does not boot');
      await one.reset();
    });
  });

  it('and has a page that stays empty is not said to be good', { timeout }, async (context) => {
    const one = await staged(context);
    const pages = one.wanted.ranges
      .flatMap(({ offset, length }) =>
        Array.from({ length: Math.floor(length / page) }, (_, at) => offset + at * page),
      )
      .filter((offset) => !one.wanted.bytes.subarray(offset, offset + page).equals(Buffer.alloc(page)));
    await one.at(spreadOver(pages, points), async (worn) => {
      one.medium.place = (offset) => (offset === worn ? undefined : offset);
      one.medium.change(worn, Buffer.alloc(page));
      const { ended } = await one.burn();
      expect(ended.outcome).toBe('failed');
      await one.expectHonest(ended, ['VERIFY_MISMATCH', 'DRIVE_COUNTERFEIT']);
      await one.reset();
    });
  });

  it('and changes a byte after it was flushed is not said to be good', { timeout }, async (context) => {
    const one = await staged(context);
    const bytes = one.wanted.ranges.flatMap(({ offset, length }) => [offset, offset + length - 1]);
    await one.at(
      spreadOver(
        bytes.filter((offset) => offset >= TABLE_SIZE),
        points,
      ),
      async (at) => {
        let isWritten = false;
        one.medium.judge = ({ kind, offset, length }) => {
          if (kind === 'write') isWritten ||= offset <= at && at < offset + length && offset !== 0;
          if (kind === 'flush' && isWritten)
            one.medium.change(at, Buffer.of((one.wanted.bytes[at] ?? 0) ^ 1));
          return 'do';
        };
        const { ended } = await one.burn();
        expect(ended.outcome).toBe('failed');
        expect(await one.expectHonest(ended, ['VERIFY_MISMATCH'])).toBe('does not boot');
        await one.reset();
      },
    );
  });
});

describe(`the cached golden image, at each of ${points} points of a burn,`, () => {
  it('ends too early: the job fails, and the card does not boot', { timeout }, async (context) => {
    const one = await staged(context);
    const image = await one.cachedImage();
    const kept = `${image}.kept`;
    copyFileSync(image, kept);
    await one.at(spreadPoints(moments), async (at) => {
      one.from(at, (_, isFirst) => {
        if (isFirst) truncateSync(image, 1 << 20);
        return 'do';
      });
      const { ended } = await one.burn();
      const left = await one.expectHonest(ended, ['IMAGE_CORRUPT', 'IMAGE_TRUNCATED', 'WRITER_DIED']);
      if (ended.outcome === 'failed') expect(left).not.toBe('whole');
      copyFileSync(kept, image);
      await one.reset();
    });
  });
});
