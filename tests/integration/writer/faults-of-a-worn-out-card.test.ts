import { expect, it } from 'vitest';
import { FaultStage, timeout } from './fault-stage.ts';

it('a card that takes every write and forgets it is said to hold what it held', {
  timeout,
}, async (context) => {
  await using stage = await FaultStage.open(context);
  await stage.plan();
  stage.medium.judge = ({ kind }) => (kind === 'read' ? 'do' : 'forget');
  const { ended } = await stage.burn();
  expect(ended.problem?.state).toMatch(/may still boot what was on it before/);
  expect(await stage.expectHonest(ended, ['VERIFY_MISMATCH'])).toBe('untouched');
});
