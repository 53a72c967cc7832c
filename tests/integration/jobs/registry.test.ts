import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createJobRegistry } from '../../../electron/services/jobs/create-job-registry.ts';
import type { JobRegistry, JobRequest } from '../../../electron/services/jobs/job-registry.ts';
import { cancelled, Problem } from '../../../shared/problem.ts';
import { jobEventSchema, type JobEvent } from '../../../shared/schemas/job.ts';
import { burn, collect, imageReport } from './burn-request.ts';

let folder: string;
let logged: string[];
let registry: JobRegistry;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sifaka-jobs-'));
  logged = [];
  registry = createRegistry();
});

afterEach(async () => {
  await registry.close();
  await rm(folder, { recursive: true });
});

function createRegistry(): JobRegistry {
  return createJobRegistry({
    folder,
    clock: { now: () => new Date() },
    log: { line: (text) => void logged.push(text) },
  });
}

async function journal(id: string): Promise<JobEvent[]> {
  const text = await readFile(join(folder, 'jobs', `${id}.jsonl`), 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => jobEventSchema.parse(JSON.parse(line)));
}

/** Starts a job, waits for its end and answers all it said. */
async function complete(
  request: JobRequest,
): Promise<{ id: string; events: JobEvent[]; last: JobEvent | undefined }> {
  const id = await registry.start(request);
  const events = await collect(registry.follow(id, {}));
  return { id, events, last: events.at(-1) };
}

const untilCancelled: JobRequest['run'] = ({ signal }) => {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason));
  // Whoever follows may have cancelled at the run's last line, before the run came here.
  if (signal.aborted) reject(signal.reason);
  return promise;
};

describe('a job', () => {
  test('stands in its journal as it was followed, from started to done with its report', async () => {
    const { id, events } = await complete(
      burn('/cards/a.img', async ({ report, jobId }) => {
        report.note(`this is ${jobId}`);
        await report.ifCutOff('The card is half written.');
        report.progress({ step: 'write', done: 100, total: 100 });
        report.progress({ step: 'verify', done: 100, total: 100 });
        return imageReport;
      }),
    );
    expect(events).toEqual(await journal(id));
    expect(events).toMatchObject([
      {
        type: 'started',
        id,
        subject: '/cards/a.img',
        ifCutOff: 'Nothing was written yet.',
        owner: { pid: process.pid },
      },
      { type: 'note', text: `this is ${id}` },
      { type: 'progress', ifCutOff: 'The card is half written.', progress: { step: 'write', overall: 0 } },
      {
        type: 'progress',
        progress: { step: 'write', done: 100, overall: 0.75, pull: 'The card is useless.' },
      },
      { type: 'progress', progress: { step: 'verify', done: 100, overall: 1 } },
      { type: 'ended', outcome: 'done', report: imageReport },
    ]);
    expect(await registry.list()).toMatchObject([
      {
        id,
        state: 'done',
        title: 'Burn titan-13',
        mine: true,
        progress: { step: 'verify' },
        endedAt: events.at(-1)?.at,
      },
    ]);
  });

  test('has its line of what a cut-off leaves in the journal before the run goes on', async () => {
    let seen: JobEvent[] = [];
    await complete(
      burn('/cards/a.img', async ({ report, jobId }) => {
        await report.ifCutOff('The card is half written.');
        seen = await journal(jobId);
        return imageReport;
      }),
    );
    expect(seen.at(-1)).toMatchObject({ ifCutOff: 'The card is half written.' });
  });

  test('says that nothing comes any more where its bytes stand still', async () => {
    const id = await registry.start(
      burn('/cards/a.img', (run) => {
        run.report.progress({ step: 'write', done: 40, total: 100 });
        return untilCancelled(run);
      }),
    );
    for await (const event of registry.follow(id, {}))
      if (event.type === 'progress' && event.progress.rate === 0) await registry.cancel(id);
    const counted = (await journal(id)).flatMap((event) =>
      event.type === 'progress' ? [event.progress] : [],
    );
    expect(counted).toMatchObject([{ done: 40 }, { done: 40, rate: 0 }]);
    expect(counted[0]).not.toHaveProperty('rate');
    expect(counted[1]).not.toHaveProperty('etaSeconds');
  });

  test('may count as often as it likes: few lines come of it, and the last of each step always', async () => {
    const { events } = await complete(
      burn('/cards/a.img', async ({ report }) => {
        for (const step of ['write', 'verify']) {
          for (let done = 0; done <= 50_000; done += 1) report.progress({ step, done, total: 50_000 });
        }
        // Not at its end, but the last that is known.
        report.progress({ step: 'verify', done: 49_999, total: 50_000 });
        return imageReport;
      }),
    );
    const counted = events.flatMap((event) => (event.type === 'progress' ? [event.progress] : []));
    expect(counted.length).toBeLessThan(50);
    expect(counted).toContainEqual(expect.objectContaining({ step: 'write', done: 50_000 }));
    expect(counted).toContainEqual(expect.objectContaining({ step: 'verify', done: 50_000 }));
    expect(counted.at(-1)).toMatchObject({ step: 'verify', done: 49_999 });
  });

  test('that fails ends with the problem', async () => {
    const problem = new Problem('VERIFY_MISMATCH', {
      what: 'It differs.',
      state: 'It is useless.',
      next: 'Burn again.',
    });
    const { id, last } = await complete(burn('/cards/a.img', () => Promise.reject(problem)));
    expect(last).toMatchObject({
      outcome: 'failed',
      problem: { code: 'VERIFY_MISMATCH', state: 'It is useless.' },
    });
    expect(await registry.list()).toMatchObject([
      { id, state: 'failed', problem: { code: 'VERIFY_MISMATCH' } },
    ]);
  });

  test('that fails after a part of its work ends with the problem and with what was done', async () => {
    const problem = new Problem('SYNC_INCOMPLETE', { what: 'Not all.', state: 'Half.', next: 'Again.' });
    const { id, last } = await complete(burn('/cards/a.img', async () => ({ done: imageReport, problem })));
    expect(last).toMatchObject({
      outcome: 'failed',
      problem: { code: 'SYNC_INCOMPLETE' },
      report: imageReport,
    });
    expect(await registry.list()).toMatchObject([{ id, state: 'failed' }]);
  });

  test('that ends by a bug shows a reference; the stack is in the log alone', async () => {
    const { id, last } = await complete(
      burn('/cards/a.img', () => Promise.reject(new TypeError('secret words of a bug'))),
    );
    expect(last).toMatchObject({
      outcome: 'failed',
      problem: { code: 'INTERNAL', state: 'Nothing was written yet.' },
    });
    const reference = /reference ([0-9a-f-]{36})/.exec(JSON.stringify(last))?.[1] ?? 'none';
    expect(logged.join('\n')).toContain(reference);
    expect(logged.join('\n')).toMatch(/TypeError: secret words of a bug\n\s+at /);
    expect(await readFile(join(folder, 'jobs', `${id}.jsonl`), 'utf8')).not.toContain('secret words');
  });

  test('whose report no reader would understand still gets its last line', async () => {
    const { last } = await complete(burn('/cards/a.img', async () => ({ ...imageReport, size: -1 })));
    expect(last).toMatchObject({ type: 'ended', outcome: 'failed', problem: { code: 'INTERNAL' } });
  });

  test('does not start with a kind or steps that cannot be, and leaves nothing behind', async () => {
    await expect(registry.start({ ...burn('/cards/a.img', untilCancelled), steps: [] })).rejects.toThrow(
      'one step',
    );
    const strange = { ...burn('/cards/a.img', untilCancelled), kind: 'strange' } as unknown as JobRequest;
    await expect(registry.start(strange)).rejects.toThrow('kind');
    expect(await registry.list()).toEqual([]);
    expect(await readdir(join(folder, 'locks'))).toEqual([]);
    expect(await readdir(join(folder, 'jobs'))).toEqual([]);
  });
});

describe('cancelling', () => {
  test('ends a job with what the run says it left', async () => {
    const id = await registry.start(
      burn('/cards/a.img', async (context) => {
        await untilCancelled(context).catch(() => undefined);
        throw cancelled('The first half is written.');
      }),
    );
    await registry.cancel(id);
    const events = await collect(registry.follow(id, {}));
    expect(events.at(-1)).toMatchObject({
      outcome: 'cancelled',
      problem: { code: 'CANCELLED', state: 'The first half is written.' },
    });
  });

  test('of a run that only lets the abort through names the state of its last word', async () => {
    const id = await registry.start(
      burn('/cards/a.img', async (context) => {
        await context.report.ifCutOff('The card is half written.');
        return untilCancelled(context);
      }),
    );
    for await (const event of registry.follow(id, {})) {
      if (event.type === 'progress') await registry.cancel(id);
      if (event.type === 'ended') {
        expect(event).toMatchObject({
          outcome: 'cancelled',
          problem: { state: 'The card is half written.' },
        });
      }
    }
    expect(await registry.list()).toMatchObject([{ state: 'cancelled' }]);
  });

  test('a job that is over is JOB_NOT_RUNNING, one that never was JOB_UNKNOWN', async () => {
    const { id } = await complete(burn('/cards/a.img', async () => imageReport));
    await expect(registry.cancel(id)).rejects.toMatchObject({ code: 'JOB_NOT_RUNNING' });
    const unknown = ['00000000-0000-4000-8000-000000000000', '../jobs/x', ''];
    for (const name of unknown) {
      await expect(registry.cancel(name)).rejects.toMatchObject({ code: 'JOB_UNKNOWN' });
      await expect(collect(registry.follow(name, {}))).rejects.toMatchObject({ code: 'JOB_UNKNOWN' });
    }
  });

  test('closing cancels what runs and waits for the last line; after it nothing starts', async () => {
    const ids = [
      await registry.start(burn('/cards/a.img', untilCancelled)),
      await registry.start(burn('/cards/b.img', untilCancelled)),
    ];
    const late = registry.start(burn('/cards/c.img', untilCancelled));
    await registry.close();
    for (const id of [...ids, await late]) {
      expect((await journal(id)).at(-1)).toMatchObject({ type: 'ended', outcome: 'cancelled' });
    }
    await expect(registry.start(burn('/cards/d.img', untilCancelled))).rejects.toThrow('closed');
  });
});

describe('a subject', () => {
  test('is taken by one job at a time, and the refusal names it', async () => {
    const id = await registry.start(burn('/cards/a.img', untilCancelled));
    const refused = registry.start(burn('/cards/a.img', async () => imageReport));
    await expect(refused).rejects.toMatchObject({
      code: 'TARGET_IN_USE',
      data: { what: expect.stringContaining(id), state: expect.stringContaining('Nothing') },
    });
    await complete(burn('/cards/b.img', async () => imageReport));
    await registry.cancel(id);
    await collect(registry.follow(id, {}));
    const { last } = await complete(burn('/cards/a.img', async () => imageReport));
    expect(last).toMatchObject({ outcome: 'done' });
  });

  test('is free at the moment a follower reads that its job has ended', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { last } = await complete(burn('/cards/a.img', async () => imageReport));
      expect(last).toMatchObject({ outcome: 'done' });
    }
    expect(await readdir(join(folder, 'locks'))).toEqual([]);
  });
});

describe('following', () => {
  test('begins anew for each who follows and ends when its signal says so', async () => {
    const id = await registry.start(burn('/cards/a.img', untilCancelled));
    const controller = new AbortController();
    const seen: string[] = [];
    for await (const event of registry.follow(id, { signal: controller.signal })) {
      seen.push(event.type);
      controller.abort();
    }
    expect(seen).toEqual(['started']);
    const waiting = new AbortController();
    const types: string[] = [];
    for await (const event of registry.follow(id, { signal: waiting.signal })) {
      types.push(event.type);
      // By then it waits for a second line, which never comes.
      setImmediate(() => waiting.abort());
    }
    expect(types).toEqual(['started']);
  });
});

describe('journals', () => {
  test('that cannot be written keep a job from starting, and its subject free', async () => {
    await writeFile(join(folder, 'jobs'), 'in the way');
    await expect(registry.start(burn('/cards/a.img', untilCancelled))).rejects.toMatchObject({
      code: 'JOURNAL_UNWRITABLE',
      data: { state: 'Nothing was started and nothing was changed.' },
    });
    await rm(join(folder, 'jobs'));
    const { last } = await complete(burn('/cards/a.img', async () => imageReport));
    expect(last).toMatchObject({ outcome: 'done' });
  });

  test('are for this user alone', async () => {
    const { id } = await complete(burn('/cards/a.img', async () => imageReport));
    expect((await stat(join(folder, 'jobs', `${id}.jsonl`))).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'jobs'))).mode & 0o777).toBe(0o700);
  });

  test('of ended jobs are kept up to the newest 200; one that runs is never removed', async () => {
    const runs = await registry.start(burn('/cards/old.img', untilCancelled));
    const { id } = await complete(burn('/cards/a.img', async () => imageReport));
    const text = await readFile(join(folder, 'jobs', `${id}.jsonl`), 'utf8');
    const copies = Array.from(
      { length: 205 },
      (_, index) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    );
    for (const [index, copy] of copies.entries()) {
      const at = new Date(Date.UTC(2020, 0, 1, 0, index)).toISOString();
      await writeFile(
        join(folder, 'jobs', `${copy}.jsonl`),
        text.replaceAll(id, copy).replace(/"at":"[^"]+"/, `"at":"${at}"`),
      );
    }
    // Still running when the old ones are removed, so that exactly 200 ended ones and two that run are left.
    const newest = await registry.start(burn('/cards/a.img', untilCancelled));
    const kept = (await registry.list()).map((job) => job.id);
    expect(kept).toHaveLength(202);
    expect(kept).toContain(runs);
    expect(kept).toContain(newest);
    expect(kept).toContain(copies.at(-1));
    expect(kept).not.toContain(copies[0]);
  });
});
