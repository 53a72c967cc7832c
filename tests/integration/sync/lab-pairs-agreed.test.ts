import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asProblem } from '../../../shared/problem.ts';
import type { SyncLoss } from '../../../shared/schemas/sync-plans.ts';
import { LabWithPair } from './lab-with-pair.ts';

const files = Array.from({ length: 60 }, (_, index) => `file-${index}`);

/** Both sides have the files, of which `a` has other bytes and a newer time. */
async function allChanged(settings = ''): Promise<LabWithPair> {
  const pair = await LabWithPair.open({ settings });
  await pair.sync.initPair('media');
  for (const file of files) {
    pair.write('a', file, 'changed on a, every one', 60);
    pair.write('b', file, 'as before');
  }
  return pair;
}

async function endOf(pair: LabWithPair, digest: string, agreed?: SyncLoss) {
  const { jobId } = await pair.sync.run(digest, agreed);
  for await (const event of pair.services.jobs.follow(jobId, {})) if (event.type === 'ended') return event;
  throw new Error('a job ends');
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'it was done',
    (error: unknown) => asProblem(error)?.code,
  );

describe('a plan beyond what its pair allows', () => {
  it('says without an option of the command what there is to agree to, and stops while nobody has', async () => {
    await using pair = await allChanged();
    const { plan, digest } = await pair.plan();
    expect(plan).toMatchObject({
      stop: {
        code: 'SYNC_EVERYTHING_CHANGED',
        next: expect.stringContaining('agree to it beside the button'),
      },
      toAgreeTo: { replaces: 60, deletes: 0 },
    });
    expect(JSON.stringify(plan.stop)).not.toContain('--');
    expect((await endOf(pair, digest)).problem?.code).toBe('SYNC_EVERYTHING_CHANGED');
    expect(pair.read('b', 'file-7')).toBe('as before');
  });

  it('is run as it was shown once somebody agreed to just that, and the logbook has it', async () => {
    await using pair = await allChanged();
    const { plan, digest } = await pair.plan();
    // Nobody has agreed to these.
    pair.write('b', 'file-7', 'changed after the review', 5);
    const ended = await endOf(pair, digest, plan.toAgreeTo);
    expect(ended.problem).toBeUndefined();
    expect(pair.read('b', 'file-8')).toBe('changed on a, every one');
    expect(pair.read('b', 'file-7')).toBe('changed after the review');
    const summaries = (await pair.services.lab.logbook(10)).map(({ summary }) => summary);
    expect(summaries).toContain(
      'Sync: it was agreed that a run of media from a to b replaces 60 files and deletes 0 files, more than it may by itself',
    );
    // The next one has to be agreed to again.
    for (const file of files) pair.write('a', file, 'changed on a once more, every one', 2);
    expect((await pair.plan()).plan.stop?.code).toBe('SYNC_EVERYTHING_CHANGED');
  });

  it('is run once: whoever wants it again has to review and agree again', async () => {
    await using pair = await allChanged();
    const { plan, digest } = await pair.plan();
    const ways = await Promise.allSettled([
      endOf(pair, digest, plan.toAgreeTo),
      endOf(pair, digest, plan.toAgreeTo),
    ]);
    expect(ways.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    // All as it was when the plan was made: only that it was run keeps it from being run again.
    for (const file of files) pair.write('b', file, 'as before');
    expect(await codeOf(pair.sync.run(digest, plan.toAgreeTo))).toBe('PLAN_CHANGED');
    expect(pair.read('b', 'file-7')).toBe('as before');
  });

  it('is still there for whoever agreed to something else first', async () => {
    await using pair = await allChanged();
    const { plan, digest } = await pair.plan();
    expect(await codeOf(pair.sync.run(digest, { replaces: 59, deletes: 0 }))).toBe('PLAN_CHANGED');
    expect((await endOf(pair, digest, plan.toAgreeTo)).outcome).toBe('done');
  });

  it('takes away what was agreed to, beyond the share of the pair', async () => {
    await using pair = await LabWithPair.open({
      settings: '    deleteMissing: a-to-b\n    maxDeletePercent: 20\n',
    });
    await pair.sync.initPair('media');
    for (const name of ['one', 'two', 'three']) pair.write('b', name, name);
    pair.write('a', 'one', 'one');
    const { plan, digest } = await pair.plan();
    expect(plan.stop?.next).not.toContain('--');
    expect(plan.toAgreeTo).toEqual({ replaces: 0, deletes: 2 });
    expect((await endOf(pair, digest, plan.toAgreeTo)).outcome).toBe('done');
    expect(readdirSync(pair.b).filter((name) => !name.startsWith('.'))).toEqual(['one']);
  });

  it.each([
    ['less', { replaces: 59, deletes: 0 }],
    ['something else', { replaces: 60, deletes: 1 }],
  ])('is not run when %s was agreed to', async (_what, agreed) => {
    await using pair = await allChanged();
    const { digest } = await pair.plan();
    expect(await codeOf(pair.sync.run(digest, agreed))).toBe('PLAN_CHANGED');
    expect(pair.read('b', 'file-7')).toBe('as before');
  });

  it('is not to be agreed to where there is nothing to agree to', async () => {
    await using pair = await LabWithPair.open();
    await pair.sync.initPair('media');
    pair.write('a', 'new', 'new');
    const { plan, digest } = await pair.plan();
    expect(plan.toAgreeTo).toBeUndefined();
    expect(await codeOf(pair.sync.run(digest, { replaces: 0, deletes: 0 }))).toBe('PLAN_CHANGED');
    expect(existsSync(join(pair.b, 'new'))).toBe(false);
  });

  it('has nothing to agree to in the direction that a refused one holds back', async () => {
    await using pair = await allChanged();
    expect((await endOf(pair, (await pair.plan()).digest)).problem?.code).toBe('SYNC_EVERYTHING_CHANGED');
    for (const file of files) pair.write('b', file, 'and changed on b', 2);
    const { plan } = await pair.plan('b-to-a');
    expect(plan.stop?.code).toBe('SYNC_BLOCKED');
    expect(plan.toAgreeTo).toBeUndefined();
  });
});
