import { existsSync } from 'node:fs';
import { rename, watch } from 'node:fs/promises';
import { join } from 'node:path';
import { createWriterLauncher } from '../../../electron/services/drives/launch/writer-launcher.ts';
import type { ProblemRecord } from '../../../shared/problem.ts';
import { startPolkitAgent } from '../../rig/polkit-agent.ts';

/** What a test asks for, as the only argument in JSON. */
export interface LaunchQuestion {
  readonly ports: { readonly node: string; readonly script: string; readonly helper: string | undefined };
  readonly folder: string;
  readonly imagePath: string | undefined;
  readonly drivePath: string;
  /** Stop it when it says that it runs, see what comes of it, and only then let it end. */
  readonly stopsRunning?: boolean;
  /** Who answers the prompt: nobody, or an agent that dismisses it, or one that leaves it open until we stop. */
  readonly agent: 'none' | 'dismiss' | 'hold';
}

/** What comes back on stdout. */
export interface LaunchAnswer {
  readonly kind: string;
  readonly waiting: readonly string[];
  readonly problem: ProblemRecord | undefined;
  /** The action that permission was asked for. */
  readonly asked: string | undefined;
  /** Polkit told the agent that nobody waits for an answer any more. */
  readonly takenBack: boolean;
}

const question: LaunchQuestion = JSON.parse(process.argv[2] ?? '');
const agent = question.agent === 'none' ? undefined : await startPolkitAgent(question.agent);
const waiting: string[] = [];
const commandShown = Promise.withResolvers<undefined>();
const started = await createWriterLauncher(question.ports).start({
  ...question,
  onWaiting(text) {
    waiting.push(text);
    if (text.includes('\n')) commandShown.resolve(undefined);
  },
});
const asked = await agent?.asked;
if (question.agent === 'hold') started.stop();
if (question.stopsRunning === true) {
  const reported = join(question.folder, 'report.json');
  await appears(question.folder, reported);
  started.stop();
  // Were it ended by that, it could not end well any more.
  await rename(reported, join(question.folder, 'seen.json'));
}
const problem = await Promise.race([started.ended, commandShown.promise]);
if (question.agent === 'hold') await agent?.takenBack;
agent?.close();
const answer: LaunchAnswer = {
  kind: started.kind,
  waiting,
  problem: problem?.toRecord(),
  asked,
  takenBack: question.agent === 'hold',
};
process.stdout.write(JSON.stringify(answer));

async function appears(folder: string, path: string): Promise<void> {
  const events = watch(folder);
  const next = events.next();
  if (existsSync(path)) return;
  await next;
  for await (const _ of events) if (existsSync(path)) return;
}
