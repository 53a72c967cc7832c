import { createHash, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createJobRegistry } from '../../../electron/services/jobs/create-job-registry.ts';
import type { JobRegistry } from '../../../electron/services/jobs/job-registry.ts';
import { createProcessIdentity } from '../../../electron/services/jobs/process-identity.ts';
import type { JobOwner } from '../../../shared/schemas/job-owner.ts';
import { burn, collect, imageReport } from './burn-request.ts';
import { startOwner, type OwnerProcess } from './owner-process-handle.ts';
import type { Answer } from './owner-process.ts';

let folder: string;
let registry: JobRegistry;
let owners: OwnerProcess[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sifaka-owners-'));
  registry = createJobRegistry({ folder, clock: { now: () => new Date() }, log: { line: () => {} } });
  owners = [];
});

afterEach(async () => {
  await Promise.all(owners.map((owner) => owner.kill()));
  await registry.close();
  await rm(folder, { recursive: true });
});

async function another(): Promise<OwnerProcess> {
  const owner = await startOwner(folder);
  owners.push(owner);
  return owner;
}

function idOf(answer: Answer): string {
  if ('id' in answer) return answer.id;
  throw new Error(`not started: ${JSON.stringify(answer)}`);
}

/** What asks jobs to end. */
async function asked(): Promise<string[]> {
  return (await readdir(join(folder, 'jobs'))).filter((name) => name.endsWith('.cancel'));
}

function lockFile(subject: string): string {
  return join(folder, 'locks', `${createHash('sha256').update(subject).digest('hex')}.lock`);
}

/** A lock as a process left it that is not there any more. */
async function leaveLock(subject: string, owner: JobOwner, file = lockFile(subject)): Promise<string> {
  const nonce = randomUUID();
  const since = '2026-01-01T00:00:00.000Z';
  await mkdir(join(folder, 'locks'), { recursive: true });
  await writeFile(
    file,
    JSON.stringify({ nonce, owner, subject, jobId: randomUUID(), title: 'Burn titan-15', since }),
  );
  return nonce;
}

const self = createProcessIdentity().self;

describe('a job of another process', () => {
  test('is listed and followed live, and cancelled through its owner', async () => {
    const owner = await another();
    const id = idOf(await owner.ask({ ask: 'start', subject: '/cards/a.img' }));
    expect(await registry.list()).toMatchObject([
      { id, state: 'running', mine: false, progress: { step: 'write' } },
    ]);
    const seen: unknown[] = [];
    for await (const event of registry.follow(id, {})) {
      const told = event.type === 'progress' ? event.progress.done : event.type;
      // A count that stands still is told again.
      if (told !== seen.at(-1)) seen.push(told);
      // Each step is only taken when the one before was seen here: what is followed is live.
      if (event.type === 'progress' && event.progress.done === 40)
        await owner.ask({ ask: 'report', done: 100 });
      if (event.type === 'progress' && event.progress.done === 100) await registry.cancel(id);
      if (event.type === 'ended') {
        expect(event).toMatchObject({
          outcome: 'cancelled',
          problem: { state: 'The card is half written.' },
        });
      }
    }
    expect(seen).toEqual(['started', 0, 40, 100, 'ended']);
    // The owner takes the question away once the last line is written, which is what was followed.
    await expect.poll(asked).toEqual([]);
    await expect(registry.cancel(id)).rejects.toMatchObject({ code: 'JOB_NOT_RUNNING' });
  });

  test('can be followed and cancelled by it in turn', async () => {
    const owner = await another();
    const id = await registry.start(
      burn('/cards/a.img', ({ signal }) => {
        const { promise, reject } = Promise.withResolvers<never>();
        signal.addEventListener('abort', () => reject(signal.reason));
        return promise;
      }),
    );
    const second = await another();
    const followed = second.ask({ ask: 'follow', id });
    expect(await owner.ask({ ask: 'cancel', id })).toEqual({ ok: true });
    expect(await followed).toMatchObject({
      events: [{ type: 'started' }, { type: 'ended', outcome: 'cancelled' }],
    });
  });

  test('keeps its subject, and the refusal names it', async () => {
    const owner = await another();
    const id = idOf(await owner.ask({ ask: 'start', subject: '/cards/a.img' }));
    await expect(registry.start(burn('/cards/a.img', async () => imageReport))).rejects.toMatchObject({
      code: 'TARGET_IN_USE',
      data: {
        what: expect.stringMatching(
          new RegExp(`“Burn titan-13” \\(job ${id}\\) since .*process ${owner.pid} `),
        ),
      },
    });
  });
});

describe('a job whose owner was killed', () => {
  test('ends for its follower as cut off with the state it left, is listed so, and leaves its subject free', async () => {
    const owner = await another();
    const id = idOf(await owner.ask({ ask: 'start', subject: '/cards/a.img' }));
    let last: unknown;
    for await (const event of registry.follow(id, {})) {
      last = event;
      if (event.type === 'progress' && event.progress.done === 40) await owner.kill();
    }
    const problem = { code: 'JOB_CUT_OFF', state: 'The card is half written.' };
    expect(last).toMatchObject({ type: 'ended', outcome: 'cut-off', problem });
    expect(await registry.list()).toMatchObject([{ id, state: 'cut-off', problem }]);
    expect(JSON.stringify(last)).toContain('at “Write the card”, 30 % of the whole');
    await expect(registry.cancel(id)).rejects.toMatchObject({ code: 'JOB_NOT_RUNNING' });

    const next = await registry.start(burn('/cards/a.img', async () => imageReport));
    const events = await collect(registry.follow(next, {}));
    expect(events.at(-1)).toMatchObject({ outcome: 'done' });
    expect(await readdir(join(folder, 'locks'))).toEqual([]);
  });

  test('is not brought to life by a process that got the same pid, nor by the same pid in another boot', async () => {
    const alive = await another();
    const id = idOf(await alive.ask({ ask: 'start', subject: '/cards/a.img' }));
    const text = await readFile(join(folder, 'jobs', `${id}.jsonl`), 'utf8');
    const forged: [string, (owner: JobOwner) => JobOwner][] = [
      [randomUUID(), (owner) => ({ ...owner, startedAt: '1' })],
      [randomUUID(), (owner) => ({ ...owner, bootId: randomUUID() })],
    ];
    for (const [copy, forge] of forged) {
      const forgedText = text
        .replaceAll(id, copy)
        .replace(
          /"owner":(\{[^}]*\})/,
          (_all, owner: string) => `"owner":${JSON.stringify(forge(JSON.parse(owner)))}`,
        );
      await writeFile(join(folder, 'jobs', `${copy}.jsonl`), forgedText);
    }
    const states = Object.fromEntries((await registry.list()).map((job) => [job.id, job.state]));
    expect(states).toEqual({
      [id]: 'running',
      [forged[0]?.[0] ?? '']: 'cut-off',
      [forged[1]?.[0] ?? '']: 'cut-off',
    });
  });
});

describe('one subject wanted by several processes at once', () => {
  const rounds = 20;

  async function race(
    subject: (round: number) => string,
    prepare: (round: number) => Promise<unknown>,
  ): Promise<void> {
    const processes = await Promise.all([another(), another(), another()]);
    for (let round = 0; round < rounds; round += 1) {
      await prepare(round);
      const answers = await Promise.all(
        processes.map((owner) => owner.ask({ ask: 'start', subject: subject(round) })),
      );
      const winners = answers.flatMap((answer, index) => ('id' in answer ? [processes[index]] : []));
      const refused = answers.flatMap((answer) => ('code' in answer ? [answer.code] : []));
      expect(refused).toEqual(['TARGET_IN_USE', 'TARGET_IN_USE']);
      expect(winners).toHaveLength(1);
      await winners[0]?.ask({ ask: 'finish' });
    }
    expect(await readdir(join(folder, 'locks'))).toEqual([]);
  }

  test('goes to exactly one', async () => {
    await race(
      () => '/cards/a.img',
      async () => {},
    );
  });

  test('goes to exactly one when all take it over from the dead', async () => {
    await race(
      () => '/cards/a.img',
      () => leaveLock('/cards/a.img', { ...self, startedAt: '1' }),
    );
  });

  test('goes to exactly one when somebody died in taking it over from the dead', async () => {
    const dead = { ...self, startedAt: '1' };
    await race(
      () => '/cards/a.img',
      async () => {
        const nonce = await leaveLock('/cards/a.img', dead);
        await leaveLock('/cards/a.img', dead, lockFile('/cards/a.img').replace(/lock$/, `${nonce}.claim`));
      },
    );
  });
});

function start(): Promise<string> {
  return registry.start(burn('/cards/a.img', async () => imageReport));
}

describe('a lock', () => {
  test('of another machine is never taken over; what to do about it is said', async () => {
    await leaveLock('/cards/a.img', { ...self, pid: 1, startedAt: '1', host: 'another-machine' });
    await expect(start()).rejects.toMatchObject({
      code: 'TARGET_IN_USE',
      data: { next: expect.stringContaining(lockFile('/cards/a.img')) },
    });
  });

  test('nobody can read counts while it is fresh, and not when it is old', async () => {
    await mkdir(join(folder, 'locks'), { recursive: true });
    await writeFile(lockFile('/cards/a.img'), '{"nonce":');
    await expect(start()).rejects.toMatchObject({ code: 'TARGET_IN_USE' });
    const later = createJobRegistry({
      folder,
      clock: { now: () => new Date(Date.now() + 60_000) },
      log: { line: () => {} },
    });
    const id = await later.start(burn('/cards/a.img', async () => imageReport));
    expect((await collect(later.follow(id, {}))).at(-1)).toMatchObject({ outcome: 'done' });
    expect(await readdir(join(folder, 'locks'))).toEqual([]);
  });
});
