import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { isStillHeld } from '../../../electron/services/sync/lock/lock-deadline.ts';
import { leases, LeaseWorld, namespace } from './lease-world.ts';

const world = LeaseWorld.use();
const { account, take, record, change } = world;

const leaseStatus = async () => (await world.kube.ask('GET', `${leases}/ha-sync-${world.pair}`)).status;
/** What gives a lock back waits eight seconds for a busy server, and goes on behind. */
const givenBack = { timeout: 30_000 };
/** For a heartbeat, or for a lease to run out, on a busy machine. */
const patient = { timeout: 60_000 };

/** As a pod that is killed leaves it, long ago by its own clock, which proves nothing. */
async function left(spec: Record<string, unknown> = {}): Promise<void> {
  await world.kube.ask('POST', leases, {
    metadata: { name: `ha-sync-${world.pair}` },
    spec: {
      holderIdentity: 'pod-gone/run',
      leaseDurationSeconds: 3,
      acquireTime: '2020-01-01T00:00:00.000000Z',
      renewTime: '2020-01-01T00:00:00.000000Z',
      leaseTransitions: 4,
      ...spec,
    },
  });
}

describe('a Lease', () => {
  it('is made with what the wishes for HA Sync name, and deleted when it is given back', async () => {
    const lock = await take('pod-a/first', { ttlSeconds: 3600 });
    const { metadata, spec } = await record();
    expect(metadata).toMatchObject({ name: `ha-sync-${world.pair}`, namespace });
    expect(spec).toMatchObject({
      holderIdentity: 'pod-a/first',
      leaseDurationSeconds: 3600,
      leaseTransitions: 0,
    });
    for (const time of [spec.acquireTime, spec.renewTime])
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(isStillHeld(lock.deadline)).toBe(true);
    await lock.confirm();
    await lock.release();
    expect(isStillHeld(lock.deadline)).toBe(false);
    await expect.poll(leaseStatus, givenBack).toBe(404);
    await lock.release();
  });

  it('is held by one run at a time, and the other one is told by whom and since when', async () => {
    await take('pod-a/first');
    const { acquireTime } = (await record()).spec;
    await expect(take('pod-b/second', { by: account('other') })).rejects.toMatchObject({
      code: 'SYNC_LOCK_TAKEN',
      data: { what: `Pair “${world.pair}” is being synced by pod-a/first, since ${acquireTime}.` },
    });
  });

  it('goes to one of many who ask at the same time', async () => {
    const asking = Array.from({ length: 8 }, (_, index) => take(`pod-${index}/run`));
    const answers = await Promise.allSettled(asking);
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const answer of answers)
      if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'SYNC_LOCK_TAKEN' });
  });

  it('is renewed under the same acquireTime, each time from the version before', async () => {
    const lock = await take('pod-a/first', { ttlSeconds: 45 });
    const until = Array.from(new Float64Array(lock.deadline));
    const first = await record();
    await expect.poll(async () => (await record()).spec.renewTime, patient).not.toBe(first.spec.renewTime);
    const renewed = await record();
    expect(renewed.spec).toEqual({ ...first.spec, renewTime: renewed.spec.renewTime });
    expect(renewed.metadata.resourceVersion).not.toBe(first.metadata.resourceVersion);
    expect(renewed.spec.renewTime).toMatch(/\.\d{6}Z$/);
    await lock.confirm();
    const later = Array.from(new Float64Array(lock.deadline));
    for (const [clock, time] of until.entries()) expect(later[clock]).toBeGreaterThan(time);
    expect(isStillHeld(lock.deadline)).toBe(true);
  });

  it('that was given back without being deleted is taken at once, with one transition more', async () => {
    await take('pod-a/first');
    await change({ holderIdentity: null }, { labels: { 'kept-by': 'operator' } });
    const lock = await take('pod-b/second');
    const { metadata, spec } = await record();
    expect(spec).toMatchObject({ holderIdentity: 'pod-b/second', leaseTransitions: 1 });
    expect(metadata.labels).toEqual({ 'kept-by': 'operator' });
    await lock.confirm();
  });

  it('is not lost to a label that somebody adds', async () => {
    const lock = await take('pod-a/first', { ttlSeconds: 45 });
    await change({}, { labels: { seen: 'yes' } });
    const { renewTime } = (await record()).spec;
    await expect.poll(async () => (await record()).spec.renewTime, patient).not.toBe(renewTime);
    expect((await record()).metadata.labels).toEqual({ seen: 'yes' });
    await lock.confirm();
    await change({}, { labels: { seen: 'twice' } });
    await lock.release();
    await expect.poll(leaseStatus, givenBack).toBe(404);
  });
});

describe('a Lease whose holder is gone', () => {
  it('is taken over when it was seen unchanged for its whole duration, by whichever runs looked', async () => {
    await left();
    await expect(take('pod-a/first')).rejects.toMatchObject({
      code: 'SYNC_LOCK_TAKEN',
      data: {
        what: `Pair “${world.pair}” is being synced by pod-gone/run, since 2020-01-01T00:00:00.000000Z.`,
        next: expect.stringContaining('the first run after 3 seconds without a renewal'),
      },
    });
    // Each try is a run of its own: what they know of each other lies in the log folder.
    await expect.poll(() => take('pod-b/second').then(() => 'taken', codeOf)).toBe('taken');
    const { spec } = await record();
    expect(spec).toMatchObject({ holderIdentity: 'pod-b/second', leaseTransitions: 5 });
    expect(spec.acquireTime).not.toMatch(/^2020/);
  });

  it('is not taken over while it is renewed, however old its times say that it is', async () => {
    await left({ leaseDurationSeconds: 3 });
    const seen = new Set<string>();
    for (let look = 0; look < 14; look += 1) {
      seen.add(await take('pod-a/first').then(() => 'taken', codeOf));
      await change({ renewTime: `2020-01-01T00:00:00.0000${String(look + 10)}Z` });
      await new Promise((done) => setTimeout(done, 350));
    }
    expect([...seen]).toEqual(['SYNC_LOCK_TAKEN']);
  });

  it('is judged anew where what was seen cannot be read, or is of the future', async () => {
    await left({ leaseDurationSeconds: 1 });
    const file = join(world.logDir, `lease-${world.pair}.json`);
    await expect(take('pod-a/first')).rejects.toMatchObject({ code: 'SYNC_LOCK_TAKEN' });
    const seen = JSON.parse(readFileSync(file, 'utf8'));
    const tomorrow = { here: seen.firstSeen.here + 86_400_000, server: seen.firstSeen.server + 86_400_000 };
    for (const text of ['half a li', JSON.stringify({ ...seen, firstSeen: tomorrow })]) {
      writeFileSync(file, text);
      await expect(take('pod-a/first')).rejects.toMatchObject({ code: 'SYNC_LOCK_TAKEN' });
      expect(JSON.parse(readFileSync(file, 'utf8')).firstSeen.here).toBeLessThan(tomorrow.here);
    }
    await expect.poll(() => take('pod-b/second').then(() => 'taken', codeOf)).toBe('taken');
  });
});

describe('a Lease that is lost', () => {
  it.each([
    ['taken by another', () => change({ holderIdentity: 'pod-b/thief' }), /pod-b\/thief has taken it/],
    ['given back by another', () => change({ holderIdentity: null }), /given back by somebody else/],
    ['deleted', () => world.kube.ask('DELETE', `${leases}/ha-sync-${world.pair}`), /was deleted/],
  ])('because it was %s is found by the next confirmation', async (_how, act, words) => {
    const lock = await take('pod-a/first');
    await act();
    await expect(lock.confirm()).rejects.toMatchObject({
      code: 'SYNC_LOCK_LOST',
      data: { what: expect.stringMatching(words) },
    });
    expect(lock.lost.aborted).toBe(true);
    expect(lock.lost.reason).toMatchObject({ code: 'SYNC_LOCK_LOST' });
    expect(isStillHeld(lock.deadline)).toBe(false);
    // What is another's by now stays.
    const before = await record();
    await lock.release();
    expect(await record()).toEqual(before);
  });

  it('is found by the heartbeat too, and is not taken back', async () => {
    const lock = await take('pod-a/first', { ttlSeconds: 3 });
    await change({ holderIdentity: 'pod-b/thief' });
    await expect.poll(() => lock.lost.aborted).toBe(true);
    expect(isStillHeld(lock.deadline)).toBe(false);
    await lock.release();
    expect((await record()).spec.holderIdentity).toBe('pod-b/thief');
  });

  it('of a deleted one that another made again, under the same name', async () => {
    const lock = await take('pod-a/first');
    await world.kube.ask('DELETE', `${leases}/ha-sync-${world.pair}`);
    const second = await take('pod-b/second');
    await expect(lock.confirm()).rejects.toMatchObject({ code: 'SYNC_LOCK_LOST' });
    await lock.release();
    await second.confirm();
  });
});

describe('a process', () => {
  it('that was stopped for longer than its lease finds itself too late before its next step', async () => {
    const { child, lines } = await running(9);
    const gone = once(child, 'exit');
    child.kill('SIGSTOP');
    // Another one takes it over, as soon as it may.
    await expect.poll(() => take('pod-b/second').then(() => 'taken', codeOf), patient).toBe('taken');
    child.kill('SIGCONT');
    await gone;
    expect(lines).toEqual(['held', 'too late', 'SYNC_LOCK_LOST']);
    expect((await record()).spec.holderIdentity).toBe('pod-b/second');
  });

  it('that is asked to end gives its lease back', async () => {
    const { child, lines } = await running(60);
    child.kill('SIGTERM');
    await once(child, 'exit');
    expect(lines).toEqual(['held', 'ended']);
    await expect.poll(leaseStatus, givenBack).toBe(404);
  });

  it('that is killed leaves it to run out', async () => {
    const { child } = await running(60);
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    await change({ leaseDurationSeconds: 2 });
    await expect(take('pod-b/second')).rejects.toMatchObject({
      code: 'SYNC_LOCK_TAKEN',
      data: { what: expect.stringContaining('by pod-a/first, since ') },
    });
    await expect.poll(() => take('pod-b/second').then(() => 'taken', codeOf), patient).toBe('taken');
    expect((await record()).spec.leaseTransitions).toBe(1);
  });
});

/** A process that holds the lease of the pair as pod-a/first. */
async function running(ttlSeconds: number): Promise<{ child: ChildProcess; lines: string[] }> {
  const request = { ...world.place, holder: 'pod-a/first', ttlSeconds };
  const connection = { server: world.kube.url, ca: world.kube.ca, token: world.kube.tokens.syncer };
  const program = join(import.meta.dirname, 'lease-process.ts');
  const child = spawn(process.execPath, [program, JSON.stringify(request), JSON.stringify(connection)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  world.children.push(child);
  const lines: string[] = [];
  const reading = createInterface({ input: child.stdout });
  reading.on('line', (line) => lines.push(line));
  await Promise.race([once(reading, 'line'), once(reading, 'close')]);
  expect(lines).toEqual(['held']);
  return { child, lines };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
