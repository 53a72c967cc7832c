/** A second process with jobs of its own: does what its parent asks over the IPC channel, and answers each question. */
import { createJobRegistry } from '../../../electron/services/jobs/create-job-registry.ts';
import type { JobReporter } from '../../../electron/services/jobs/job-registry.ts';
import { asProblem } from '../../../shared/problem.ts';
import type { JobEvent, JobSummary } from '../../../shared/schemas/job.ts';
import { burn, collect, imageReport } from './burn-request.ts';

export type Question =
  /** Starts a job that reports 40 of 100 written and waits until it is told to finish, or is cancelled. */
  | { ask: 'start'; subject: string }
  /** To the job that was started last. */
  | { ask: 'report'; done: number }
  | { ask: 'note'; text: string }
  | { ask: 'if-cut-off'; state: string }
  /** Answered with its events when its last line is written. */
  | { ask: 'finish' }
  | { ask: 'list' }
  | { ask: 'cancel'; id: string }
  | { ask: 'follow'; id: string };

export type Answer =
  | { id: string }
  | { code: string; what: string }
  | { events: JobEvent[] }
  | { jobs: JobSummary[] }
  | { ok: true };

const folder = process.argv[2];
if (!folder || !process.send) throw new Error('to be forked with the state folder as its argument');
const send = process.send.bind(process);
const registry = createJobRegistry({ folder, clock: { now: () => new Date() }, log: { line: () => {} } });

interface StartedJob {
  readonly id: string;
  readonly report: JobReporter;
  finish(): void;
}
let job: StartedJob | undefined;

async function start(subject: string): Promise<StartedJob> {
  const reported = Promise.withResolvers<JobReporter>();
  const finished = Promise.withResolvers<void>();
  const id = await registry.start(
    burn(subject, async ({ report, signal }) => {
      signal.addEventListener('abort', () => finished.reject(signal.reason));
      await report.ifCutOff('The card is half written.');
      report.progress({ step: 'write', done: 40, total: 100 });
      reported.resolve(report);
      await finished.promise;
      return imageReport;
    }),
  );
  return { id, report: await reported.promise, finish: finished.resolve };
}

async function answer(question: Question): Promise<Answer> {
  switch (question.ask) {
    case 'start':
      job = await start(question.subject);
      return { id: job.id };
    case 'report':
      job?.report.progress({ step: 'write', done: question.done, total: 100 });
      return { ok: true };
    case 'note':
      job?.report.note(question.text);
      return { ok: true };
    case 'if-cut-off':
      await job?.report.ifCutOff(question.state);
      return { ok: true };
    case 'finish':
      job?.finish();
      return { events: await collect(registry.follow(job?.id ?? '', {})) };
    case 'list':
      return { jobs: await registry.list() };
    case 'cancel':
      await registry.cancel(question.id);
      return { ok: true };
    case 'follow':
      return { events: await collect(registry.follow(question.id, {})) };
    default:
      throw new Error('an unknown question', { cause: question satisfies never });
  }
}

async function reply(question: Question): Promise<void> {
  try {
    send(await answer(question));
  } catch (error) {
    const problem = asProblem(error);
    send({ code: problem?.code ?? String(error), what: problem?.data.what ?? '' } satisfies Answer);
  }
}

process.on('message', (question: Question) => void reply(question));
send({ ok: true } satisfies Answer);
