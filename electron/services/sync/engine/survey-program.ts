import { parentPort } from 'node:worker_threads';
import type { WalkPortion } from './survey/findings-message.ts';
import { answerOf } from './survey/findings-message.ts';
import { FolderWalk } from './survey/folder-walk.ts';
import type { WalkRequest } from './survey/walk-request.ts';

/** The thread's side of survey/survey-threads.ts: walks the folders it is sent, and gives back what it has no time for. */
let walk: FolderWalk | undefined;

parentPort?.on('message', (message: WalkRequest | WalkPortion) => {
  if ('source' in message) walk = new FolderWalk(message);
  else if (walk) perform(walk, message);
});

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage('ready');

function perform(on: FolderWalk, { tasks, budget }: WalkPortion): void {
  on.push(tasks);
  on.step(budget);
  on.finishFolder();
  const answer = answerOf(on.takeFindings(), on.giveAway(Number.POSITIVE_INFINITY));
  const memory = [
    answer.differences.entries.buffer,
    ...answer.findings.folders.map(({ record }) => record.buffer),
  ];
  parentPort?.postMessage(answer, memory);
}
