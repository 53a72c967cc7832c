import { expect, it } from 'vitest';
import { WindowsMachine } from './windows-machine.ts';
import type { RangesAnswer, RangesQuestion } from './write-ranges-process.ts';

const offsets = [0, 1, 2, 3].map((index) => index * 2 ** 16);

it('goes to a drive in order on Windows too, and is over whatever of it the drive refuses', async () => {
  await using machine = await WindowsMachine.start();
  const question: RangesQuestion = [null, ...offsets];
  const answers = (await machine.run('write-ranges-process.ts', question)) as RangesAnswer[];
  expect(answers.map(({ problem }) => problem)).toEqual([null, ...offsets.map(() => 'TARGET_CHANGED')]);
  expect(answers[0]?.asked).toEqual(offsets);
});
