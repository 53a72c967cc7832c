import { expect, it } from 'vitest';
import { asProblem } from '../../../shared/problem.ts';
import { FaultyDrive } from '../../rig/faults/faulty-drive.ts';
import { FaultyMedium } from '../../rig/faults/faulty-medium.ts';
import { cardSize, FaultStage, points, spreadOver, timeout } from './fault-stage.ts';

const refusals = [
  'TARGET_CHANGED',
  'TARGET_MISSING',
  'PLAN_CHANGED',
  'DRIVE_NOT_OFFERED',
  'TARGET_IN_USE',
] as const;

it(`a drive that is swapped at one of ${points} moments between the plan and the first write is never written to`, {
  timeout,
}, async (context) => {
  await using stage = await FaultStage.open(context);
  await stage.plan();
  const looks = await looksBeforeWriting(stage);
  const stranger = new FaultyMedium(cardSize);
  await using other = await FaultyDrive.make(stranger);
  const codes = new Set<string>();

  await stage.at(spreadOver(looks, points), async (at, index) => {
    const replace = index === 0 || index % 2 === 0;
    // Before the burn is asked for, once.
    if (index === 0) await swap(stage, other, replace);
    let ended = await burnSwapping(stage, index === 0 ? undefined : at, () => swap(stage, other, replace));
    // Other programs looked when the looks were counted, and do not look now: it is tried again, at the last there was.
    while ('looks' in ended) {
      ended = await burnSwapping(stage, ended.looks - 1, () => swap(stage, other, replace));
    }
    // It may have been too late: the kernel lets go of a drive when the writer has closed it.
    if (ended.outcome === 'done') await stage.expectHonest(ended, []);
    else {
      expect(refusals).toContain(ended.problem?.code);
      expect(ended.problem?.state).toMatch(/^Nothing was written/);
      expect(ended.problem?.next).toMatch(/plan|drive|again/i);
      expect(stage.medium.bytes.equals(stage.medium.old)).toBe(true);
    }
    codes.add(ended.problem?.code ?? ended.outcome);
    expect(stranger.bytes.equals(stranger.old), 'the other drive was written to').toBe(true);
    await other.unplug();
    await stage.reset();
    await stage.drive.plugIn();
    await stage.plan();
  });
  expect(codes).toContain('PLAN_CHANGED');
  expect(codes).toContain('TARGET_CHANGED');
});

type Ended = Awaited<ReturnType<FaultStage['burn']>>['ended'];

/**
 * Burns, and swaps the drive at a look at it: every look, by this process, by the writer or by programs they ask, is a
 * moment. Without a look, it has been swapped already. Answers how many looks there were before the first write if that was
 * too few of them.
 */
async function burnSwapping(
  stage: FaultStage,
  at: number | undefined,
  swapNow: () => Promise<void>,
): Promise<Ended | { looks: number }> {
  let swapped = at === undefined ? Promise.resolve() : undefined;
  let seen = 0;
  let looks: number | undefined;
  stage.medium.judge = ({ kind }) => {
    if (kind === 'write') looks ??= seen;
    else if (looks === undefined && seen === at) swapped ??= swapNow();
    seen += 1;
    return 'do';
  };
  const ended = await stage.burn().then(
    (burned) => burned.ended,
    (error: unknown) => {
      const problem = asProblem(error);
      if (problem === undefined) throw error;
      return { type: 'ended', at: '', outcome: 'failed', problem: problem.toRecord() } as const;
    },
  );
  await swapped;
  if (swapped !== undefined) return ended;
  await stage.expectHonest(ended, []);
  expect(ended.outcome).toBe('done');
  await stage.reset();
  await stage.plan();
  return { looks: looks ?? 0 };
}

/** How often a drive is looked at from the start of a burn to its first write. */
async function looksBeforeWriting(stage: FaultStage): Promise<number[]> {
  const looks: number[] = [];
  let isWritten = false;
  stage.medium.judge = ({ kind }) => {
    isWritten ||= kind === 'write';
    if (!isWritten) looks.push(looks.length);
    return 'do';
  };
  const { ended } = await stage.burn();
  await stage.expectHonest(ended, []);
  await stage.reset();
  return looks;
}

/** Pulls the drive out; puts another one of the same size and name into its place, if told. */
async function swap({ drive, medium }: FaultStage, other: FaultyDrive, replace: boolean): Promise<void> {
  const { path } = drive;
  await drive.unplug();
  medium.judge = () => 'do';
  // Another program may have taken the place meanwhile; then the other drive is not in this race.
  if (replace) await other.plugIn(path).catch(() => undefined);
}
