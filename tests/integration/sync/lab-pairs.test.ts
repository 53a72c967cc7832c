import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { asProblem, type ProblemRecord } from '../../../shared/problem.ts';
import { LabWithPair, marked, reportOf } from './lab-with-pair.ts';

async function problemOf(work: Promise<unknown>): Promise<ProblemRecord> {
  try {
    await work;
  } catch (error) {
    const problem = asProblem(error);
    if (problem === undefined) throw error;
    return problem.toRecord();
  }
  throw new Error('it was expected to fail');
}

describe('a pair of the lab', () => {
  it('is marked once, reviewed, and run exactly as it was reviewed', async () => {
    await using pair = await LabWithPair.open();
    pair.write('a', 'films/new.mkv', 'lemurs');
    pair.write('a', 'both.txt', 'newer, and longer', 60);
    pair.write('b', 'both.txt', 'older');
    expect(await problemOf(pair.plan())).toMatchObject({
      code: 'SYNC_ROOT_UNMARKED',
      next: expect.stringContaining(`sifaka sync init --src ${pair.a} --dest ${pair.b} --pair media`),
    });
    expect(await pair.sync.initPair('media')).toEqual({
      pair: 'media',
      sides: [
        { side: 'a', folder: pair.a },
        { side: 'b', folder: pair.b },
      ],
    });
    const { plan, digest } = await pair.plan();
    expect(plan).toMatchObject({
      from: 'a',
      to: 'b',
      counts: { creates: 1, updates: 1, deletes: 0, conflicts: 0 },
    });
    expect(plan.operations.map(({ operation, filepath }) => `${operation} ${filepath}`).toSorted()).toEqual([
      'create films/',
      'create films/new.mkv',
      'update both.txt',
    ]);
    // A review changes nothing.
    expect(pair.read('b', 'both.txt')).toBe('older');
    expect(existsSync(join(pair.b, 'films'))).toBe(false);

    const ended = await pair.run(digest);
    expect(ended.outcome).toBe('done');
    expect(pair.read('b', 'both.txt')).toBe('newer, and longer');
    expect(pair.read('b', 'films/new.mkv')).toBe('lemurs');
    expect(
      Math.abs(statSync(join(pair.b, 'both.txt')).mtimeMs - statSync(join(pair.a, 'both.txt')).mtimeMs),
    ).toBeLessThan(0.01);
    const { trash = '', iteration } = reportOf(ended);
    expect(readdirSync(trash)).toEqual(['both.txt']);

    const overview = await pair.sync.overview({ store: true });
    expect(overview.store).toMatchObject({ kind: 'file', state: 'reachable' });
    expect(overview.pairs[0]?.directions[0]).toMatchObject({
      lastRun: { iteration_uid: iteration.iteration_uid, files_created: 1, files_updated: 1, conflicts: 0 },
      lastDryRun: { dry_run: true, files_created: 1 },
    });
    expect(overview.pairs[0]?.directions[1]).not.toHaveProperty('lastRun');
    const runs = await pair.sync.iterations({ limit: 10 });
    expect(runs.map(({ dry_run }) => dry_run)).toEqual([false, true]);
    const kept = await pair.sync.operations({ iteration: iteration.iteration_uid, limit: 2 });
    const rest = await pair.sync.operations({
      iteration: iteration.iteration_uid,
      after: kept.operations.at(-1)?.id,
      limit: 2,
    });
    expect([...kept.operations, ...rest.operations].map(({ filepath }) => filepath).toSorted()).toEqual([
      'both.txt',
      'films/',
      'films/new.mkv',
    ]);
    const logbook = await pair.services.lab.logbook(10);
    expect(logbook.map(({ summary }) => summary)).toEqual([
      'Sync: both folders of the pair media were marked',
    ]);
  });

  it('leaves a file that became another one after the review, and says so', async () => {
    await using pair = await marked();
    pair.write('a', 'changed.txt', 'from a, reviewed', 60);
    pair.write('b', 'changed.txt', 'from b');
    pair.write('a', 'other.txt', 'as it was');
    const { digest } = await pair.plan();
    pair.write('b', 'changed.txt', 'written after the review', 5);
    const ended = await pair.run(digest);
    expect(pair.read('b', 'changed.txt')).toBe('written after the review');
    expect(pair.read('b', 'other.txt')).toBe('as it was');
    expect(reportOf(ended).notices).toContainEqual(
      expect.objectContaining({ kind: 'changed-meanwhile', filepath: 'changed.txt' }),
    );
  });

  it('does what was reviewed and nothing besides, whatever came later', async () => {
    await using pair = await marked('    deleteMissing: a-to-b\n');
    pair.write('a', 'kept.txt', 'same');
    pair.write('b', 'kept.txt', 'same');
    pair.write('a', 'new.txt', 'new');
    const { digest } = await pair.plan();
    pair.write('a', 'later.txt', 'nobody has reviewed this');
    rmSync(join(pair.a, 'kept.txt'));
    expect((await pair.run(digest)).outcome).toBe('done');
    expect(
      readdirSync(pair.b)
        .filter((name) => !name.startsWith('.'))
        .toSorted(),
    ).toEqual(['kept.txt', 'new.txt']);
  });

  it('is not run by a plan that nobody was shown, is too old, or is of a file that was changed since', async () => {
    await using pair = await marked();
    pair.write('a', 'x', 'x');
    expect((await problemOf(pair.run('a'.repeat(64)))).code).toBe('PLAN_CHANGED');
    const first = await pair.plan();
    pair.writePairs('    maxDeletePercent: 100\n');
    expect((await problemOf(pair.run(first.digest))).code).toBe('PLAN_CHANGED');
    const second = await pair.plan();
    expect(second.digest).not.toBe(first.digest);
    pair.ahead = 61 * 60_000;
    expect((await problemOf(pair.run(second.digest))).code).toBe('PLAN_CHANGED');
    expect(existsSync(join(pair.b, 'x'))).toBe(false);
  });

  it('has plans of its own for each direction, also when both have nothing to do', async () => {
    await using pair = await marked();
    const [there, back] = [await pair.plan('a-to-b'), await pair.plan('b-to-a')];
    expect(there.plan.operations).toEqual([]);
    expect(there.digest).not.toBe(back.digest);
  });

  it.each([
    ['another pair', { pair: 'photos', direction: 'a-to-b' }],
    ['a direction that it has not', { pair: 'media', direction: 'a-to-c' }],
    ['what every object has', { pair: 'constructor', direction: 'a-to-b' }],
  ])('is not mistaken for %s', async (_what, choice) => {
    await using pair = await marked();
    expect(await problemOf(pair.sync.plan(choice, pair.signal))).toMatchObject({
      code: 'SYNC_PAIR_UNKNOWN',
      next: expect.stringMatching(/media|a-to-b/),
    });
  });

  it('is looked at without a trace: no log folder, no store, no mark', async () => {
    await using pair = await LabWithPair.open();
    expect(await pair.sync.overview({ store: true })).toMatchObject({
      pairsFile: 'there',
      store: { kind: 'file', state: 'none' },
      pairs: [{ pair: 'media', waiting: 0 }],
    });
    expect(await pair.sync.iterations({ limit: 5 })).toEqual([]);
    expect(existsSync(pair.logDir)).toBe(false);
    expect([...readdirSync(pair.a), ...readdirSync(pair.b)]).toEqual([]);
    mkdirSync(pair.logDir);
    await pair.sync.overview({ store: true });
    expect(readdirSync(pair.logDir)).toEqual([]);
    rmSync(join(pair.lab, 'sync/pairs.yaml'));
    expect(await pair.sync.overview({ store: true })).toMatchObject({ pairsFile: 'missing', pairs: [] });
  });

  it('says before a run what would stop it', async () => {
    await using pair = await marked('    deleteMissing: a-to-b\n    maxDeletePercent: 20\n');
    pair.write('a', 'one', 'one');
    for (const name of ['one', 'two', 'three']) pair.write('b', name, name);
    const { plan, digest } = await pair.plan();
    expect(plan.stop).toMatchObject({ code: 'SYNC_TOO_MANY_DELETIONS', more: ['two', 'three'] });
    expect((await pair.run(digest)).problem?.code).toBe('SYNC_TOO_MANY_DELETIONS');
    expect(readdirSync(pair.b)).toEqual(expect.arrayContaining(['one', 'two', 'three']));
  });
});

describe('the database of the pairs', () => {
  const dsn = 'ha_sync:hunter2@tcp(127.0.0.1:9)/general_db';

  it('that does not answer is said without its password, and the runs that wait are shown', async () => {
    vi.stubEnv('HA_SYNC_DB_DSN', dsn);
    try {
      await using pair = await marked();
      pair.write('a', 'x', 'x');
      const ended = await pair.reviewAndRun();
      expect(ended.outcome).toBe('done');
      expect(reportOf(ended).recorded).toBe('kept');
      const overview = await pair.sync.overview({ store: true });
      expect(overview.store).toMatchObject({
        kind: 'database',
        state: 'unreachable',
        problem: { code: 'SYNC_STORE_UNAVAILABLE' },
      });
      expect(overview.pairs[0]).toMatchObject({
        waiting: 2,
        directions: [{ lastRun: { files_created: 1, status: 'success' }, lastDryRun: { dry_run: true } }, {}],
      });
      expect((await problemOf(pair.sync.iterations({ limit: 1 }))).code).toBe('SYNC_STORE_UNAVAILABLE');
      const said = JSON.stringify([overview, ended, pair.logged]);
      expect(said).not.toContain('hunter2');
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('is reached with what the lab has sealed, and with nothing else while that cannot be opened', async () => {
    vi.stubEnv('HA_SYNC_DB_DSN', 'ha_sync:other@tcp(127.0.0.1:9)/other');
    try {
      await using pair = await LabWithPair.open({ head: 'databaseSecret: sync-database' });
      const stateOf = async () => (await pair.sync.overview({ store: true })).store;
      expect(await stateOf()).toMatchObject({ state: 'unreachable', problem: { code: 'SECRET_UNKNOWN' } });
      await pair.services.secrets.createIdentity({});
      await pair.services.secrets.seal('sync-database', Buffer.from(`${dsn}\n`), { replace: false });
      const store = await stateOf();
      expect(store).toMatchObject({
        kind: 'database',
        state: 'unreachable',
        problem: { code: 'SYNC_STORE_UNAVAILABLE' },
      });
      expect(store?.place).toContain('general_db');
      expect(JSON.stringify(store)).not.toMatch(/hunter2|other/);
      await pair.services.secrets.seal('sync-database', Buffer.from('no address'), { replace: true });
      expect(await stateOf()).toMatchObject({ state: 'unreachable', problem: { code: 'SYNC_DSN_INVALID' } });
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
