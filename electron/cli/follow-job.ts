import type { SifakaClient } from '../../shared/contract/index.ts';
import { Problem } from '../../shared/problem.ts';
import type { JobEvent, JobReport } from '../../shared/schemas/job.ts';
import type { CommandContext } from './command-context.ts';
import { problemBehind } from './failure.ts';
import { createProgressView } from './progress-view.ts';

type Ended = Extract<JobEvent, { type: 'ended' }>;

/**
 * Follows a job this command started until it has ended, and answers its report. Ctrl-C cancels the job and still
 * waits for its end, so that the state it left is known.
 */
export async function runJob(context: CommandContext, client: SifakaClient, id: string): Promise<JobReport> {
  const { interrupts, output } = context;
  const cancel = () => {
    client.jobs.cancel({ id }).catch((error: unknown) => {
      // It came to its end by itself meanwhile: its last event says how.
      if (problemBehind(error, false).code !== 'JOB_NOT_RUNNING')
        output.say(problemBehind(error, false).message);
    });
  };
  if (interrupts.signal.aborted) cancel();
  else interrupts.signal.addEventListener('abort', cancel);
  try {
    const ended = await follow(context, await client.jobs.follow({ id }));
    return reportOf(ended);
  } finally {
    interrupts.signal.removeEventListener('abort', cancel);
  }
}

/** Watches a job of any process until it has ended; Ctrl-C stops watching and leaves the job alone (`undefined`). */
export async function watchJob(
  context: CommandContext,
  client: SifakaClient,
  id: string,
): Promise<Ended | undefined> {
  const { signal } = context.interrupts;
  try {
    return await follow(context, await client.jobs.follow({ id }, { signal }));
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

/** The report of a job that was done; what kept any other from its end. */
export function reportOf(ended: Ended): JobReport {
  if (ended.outcome === 'done' && ended.report) return ended.report;
  if (ended.problem) {
    const { code, ...data } = ended.problem;
    throw new Problem(code, data);
  }
  throw new Error(`a job ended as ${ended.outcome} without saying why`);
}

async function follow(context: CommandContext, events: AsyncIterable<JobEvent>): Promise<Ended> {
  const { interrupts, output } = context;
  let view = createProgressView(output, secondsNow);
  try {
    for await (const event of events) {
      output.event(event);
      switch (event.type) {
        case 'started':
          interrupts.stateLeft = event.ifCutOff;
          if (event.kind === 'card-build') view = createProgressView(output, secondsNow, { pulls: false });
          break;
        case 'progress':
          interrupts.stateLeft = event.ifCutOff ?? interrupts.stateLeft;
          view.show(event.progress);
          break;
        case 'note':
          view.note(event.text);
          break;
        case 'ended':
          return event;
      }
    }
  } finally {
    view.end();
  }
  throw new Error('the journal of a job ended without its last line');
}

function secondsNow(): number {
  return performance.now() / 1000;
}
