import { randomUUID } from 'node:crypto';
import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { z } from 'zod';
import { Problem } from '../../../shared/problem.ts';
import type { JobSummary } from '../../../shared/schemas/job.ts';
import type { JobOwner } from '../../../shared/schemas/job-owner.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { makeFolders } from '../durable/make-folders.ts';
import { systemErrorCode } from '../durable/system-error.ts';
import { journalUnwritable } from './file-errors.ts';
import { followJob } from './follow-job.ts';
import type { JobRegistry, JobRequest, StartedJob } from './job-registry.ts';
import { cutOffEnd, readJournalState, type JournalState } from './journal-state.ts';
import { createJournal, type JournalWriter } from './journal.ts';
import { createProcessIdentity, type ProcessIdentity } from './process-identity.ts';
import { createProgressMeter } from './progress-meter.ts';
import { runJob, type LogFailure, type RunningJob } from './running-job.ts';
import { createSubjectLocks } from './subject-lock.ts';

/** Ended jobs whose journals are kept; older ones go when a new job starts. */
const keptJournals = 200;

const jobIdSchema = z.uuid();

/**
 * Jobs in the state folder: `jobs/<id>.jsonl` (see journal.ts), `jobs/<id>.cancel` while another process asks a job to
 * stop, `locks/` (see subject-lock.ts). `log` gets the details of bugs.
 */
export function createJobRegistry(ports: {
  /** The app's state folder, absolute. */
  folder: string;
  clock: Clock;
  log: Log;
  identity?: ProcessIdentity;
}): JobRegistry {
  const { clock, identity = createProcessIdentity() } = ports;
  const log: LogFailure = (message, error) => ports.log.line(`${message}: ${inspect(error)}`);
  const folder = join(ports.folder, 'jobs');
  const locks = createSubjectLocks({ folder: join(ports.folder, 'locks'), identity, clock });
  const running = new Map<string, RunningJob>();
  const starting = new Set<Promise<string>>();
  const listeners = new Set<(job: StartedJob) => void>();
  let closed = false;

  const journalFile = (id: string): string => join(folder, `${id}.jsonl`);
  const cancelFile = (id: string): string => join(folder, `${id}.cancel`);

  /** What a journal says, with the end it has or must be given; `undefined` for what is no job of ours. */
  async function read(id: string): Promise<JournalState | undefined> {
    if (!jobIdSchema.safeParse(id).success) return undefined;
    const state = await readJournalState(journalFile(id), id);
    if (!state || state.ended) return state;
    const unwritten = running.get(id)?.unwritten;
    if (unwritten) return { ...state, ended: unwritten };
    if (identity.isAlive(state.started.owner)) return state;
    // It may have said its last word after the journal was read and before it was looked for.
    const after = await readJournalState(journalFile(id), id);
    return after && { ...after, ended: after.ended ?? cutOffEnd(after) };
  }

  /** Newest first. */
  async function readAll(): Promise<JournalState[]> {
    const states: JournalState[] = [];
    for (const name of await names()) {
      if (!name.endsWith('.jsonl')) continue;
      try {
        const state = await read(name.slice(0, -'.jsonl'.length));
        if (state) states.push(state);
      } catch (error) {
        log(`the journal ${name} cannot be read`, error);
      }
    }
    return states.toSorted((a, b) => (sortKey(a) < sortKey(b) ? 1 : -1));
  }

  async function names(): Promise<string[]> {
    try {
      return await readdir(folder);
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return [];
      throw journalUnwritable(folder, 'Nothing was changed; what jobs there are is not known.', error);
    }
  }

  async function prune(): Promise<void> {
    const present = await names();
    if (present.filter((name) => name.endsWith('.jsonl')).length <= keptJournals) return;
    const ended = (await readAll()).filter((state) => state.ended);
    for (const { started } of ended.slice(keptJournals)) {
      await rm(journalFile(started.id), { force: true });
      await rm(cancelFile(started.id), { force: true });
    }
  }

  async function begin(id: string, request: JobRequest): Promise<JournalWriter> {
    const { kind, title, subject, planDigest, ifCutOff } = request;
    try {
      await makeFolders(folder, { mode: 0o700 });
      return await createJournal(journalFile(id), {
        type: 'started',
        at: clock.now().toISOString(),
        id,
        kind,
        title,
        subject,
        ...(planDigest === undefined ? {} : { planDigest }),
        owner: identity.self,
        ifCutOff,
      });
    } catch (error) {
      await rm(journalFile(id), { force: true }).catch(() => undefined);
      if (error instanceof z.ZodError) throw error;
      throw journalUnwritable(folder, 'Nothing was started and nothing was changed.', error);
    }
  }

  async function start(request: JobRequest): Promise<string> {
    const meter = createProgressMeter(request.steps);
    const id = randomUUID();
    const lock = await locks.acquire(request.subject, { jobId: id, title: request.title });
    let journal: JournalWriter;
    try {
      journal = await begin(id, request);
    } catch (error) {
      await lock.release();
      throw error;
    }
    const job = runJob(request, { id, journal, lock, meter, cancelFile: cancelFile(id), clock, log });
    running.set(id, job);
    const { kind, title, subject } = request;
    for (const listener of listeners) listener({ id, kind, title, subject, finished: job.finished });
    // A job whose end could not be written stays known for as long as this process lives.
    void job.finished.then(() => job.unwritten ?? running.delete(id));
    await prune().catch((error: unknown) => log('old journals could not be removed', error));
    return id;
  }

  return {
    async start(request) {
      if (closed) throw new Error('the job registry is closed');
      const started = start(request);
      starting.add(started);
      try {
        return await started;
      } finally {
        starting.delete(started);
      }
    },

    async list() {
      return (await readAll()).map((state) => summary(state, identity.self));
    },

    async *follow(id, { signal }) {
      if (!(await read(id))) throw unknownJob(id);
      yield* followJob(journalFile(id), id, { own: () => running.get(id), identity, signal });
    },

    onStart(listener, signal) {
      if (signal.aborted) return;
      listeners.add(listener);
      signal.addEventListener('abort', () => listeners.delete(listener), { once: true });
    },

    async cancel(id) {
      const state = await read(id);
      if (!state) throw unknownJob(id);
      if (state.ended) throw notRunning(state);
      const own = running.get(id);
      if (own) return own.cancel();
      await ask(cancelFile(id));
      // Its owner looks for the question only while it runs, so nobody else would remove it.
      if ((await read(id))?.ended) await rm(cancelFile(id), { force: true });
    },

    async close() {
      closed = true;
      await Promise.allSettled(starting);
      for (const job of running.values()) job.cancel();
      await Promise.all([...running.values()].map(({ finished }) => finished));
    },
  };

  async function ask(file: string): Promise<void> {
    try {
      await (await open(file, 'wx', 0o600)).close();
    } catch (error) {
      // Asked before.
      if (systemErrorCode(error) === 'EEXIST') return;
      throw journalUnwritable(folder, 'The job was not asked to stop; it goes on.', error);
    }
  }
}

function sortKey({ started }: JournalState): string {
  return `${started.at} ${started.id}`;
}

function summary({ started, progress, ended }: JournalState, self: JobOwner): JobSummary {
  const { owner } = started;
  return {
    id: started.id,
    kind: started.kind,
    title: started.title,
    subject: started.subject,
    startedAt: started.at,
    ...(ended ? { endedAt: ended.at } : {}),
    state: ended?.outcome ?? 'running',
    ...(progress ? { progress } : {}),
    ...(ended?.problem ? { problem: ended.problem } : {}),
    mine:
      owner.pid === self.pid &&
      owner.startedAt === self.startedAt &&
      owner.bootId === self.bootId &&
      owner.host === self.host,
  };
}

function unknownJob(id: string): Problem {
  return new Problem('JOB_UNKNOWN', {
    what: `There is no job ${JSON.stringify(id.slice(0, 64))}.`,
    state: 'Nothing was changed.',
    next: 'Look at “sifaka jobs list” for the jobs there are; journals of old ones are removed.',
  });
}

function notRunning({ started, ended }: JournalState): Problem {
  return new Problem('JOB_NOT_RUNNING', {
    what: `“${started.title}” is not running: it ended as “${ended?.outcome}”.`,
    state: ended?.problem?.state ?? 'Nothing was changed by asking.',
    next: `Look at what it left with “sifaka jobs follow ${started.id}”.`,
  });
}
