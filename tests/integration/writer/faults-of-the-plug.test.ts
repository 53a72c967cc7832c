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
    let swapped: Promise<void> | undefined;
    let seen = 0;
    // Every look at the drive, by this process, by the writer or by programs they ask, is a moment.
    stage.medium.judge = () => {
      if (seen === at) swapped ??= swap(stage, other, index % 2 === 0);
      seen += 1;
      return 'do';
    };
    // Before the burn is asked for, once.
    if (index === 0) await (swapped = swap(stage, other, true));
    const ended = await stage.burn().then(
      (burned) => burned.ended,
      (error: unknown) => {
        const problem = asProblem(error);
        if (problem === undefined) throw error;
        return { type: 'ended', at: '', outcome: 'failed', problem: problem.toRecord() } as const;
      },
    );
    expect(swapped, 'the drive was swapped').toBeDefined();
    await swapped;
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
