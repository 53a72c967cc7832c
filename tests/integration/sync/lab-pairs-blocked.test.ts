import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRoot } from '../../../electron/services/sync/engine/open-roots.ts';
import { writeBlocked } from '../../../electron/services/sync/runs/blocked.ts';
import { asPlainUser } from '../../rig/plain-user.ts';
import { unproven } from '../../rig/required-tools.ts';
import { LabWithPair, marked, reportOf } from './lab-with-pair.ts';

describe('a pair of the lab', () => {
  it('that failed one way waits in the other until somebody says that all is well', async () => {
    await using pair = await marked();
    const { iteration } = reportOf(await pair.reviewAndRun('a-to-b'));
    // As a run does in which something could not be done.
    await writeBlocked(pair.logDir, {
      schema: 'sifaka.sync-blocked/1',
      pair: 'media',
      direction: 'a-to-b',
      source: openRoot({ path: pair.a, pair: 'media' }).marker.root,
      destination: openRoot({ path: pair.b, pair: 'media' }).marker.root,
      src: pair.a,
      dest: pair.b,
      iteration: iteration.iteration_uid,
      since: iteration.started_at,
      problem: { code: 'SYNC_INCOMPLETE', what: 'No room.', state: 'Half of it.', next: 'Make room.' },
    });
    const directions = (await pair.sync.overview({ store: false })).pairs[0]?.directions ?? [];
    expect(directions.map(({ blocked }) => blocked?.code)).toEqual([undefined, 'SYNC_BLOCKED']);
    expect(directions[1]?.blocked?.next).toContain(
      `sifaka sync resume --pair media --log-dir ${pair.logDir}`,
    );
    pair.write('b', 'back', 'back');
    const reviewed = await pair.plan('b-to-a');
    expect(reviewed.plan.stop?.code).toBe('SYNC_BLOCKED');
    expect((await pair.run(reviewed.digest)).problem?.code).toBe('SYNC_BLOCKED');
    expect(existsSync(join(pair.a, 'back'))).toBe(false);
    expect(await pair.sync.resume('media', pair.signal)).toEqual({ pair: 'media', wasBlocked: true });
    expect(await pair.sync.resume('media', pair.signal)).toEqual({ pair: 'media', wasBlocked: false });
    expect((await pair.reviewAndRun('b-to-a')).outcome).toBe('done');
    expect(pair.read('a', 'back')).toBe('back');
    const summaries = (await pair.services.lab.logbook(10)).map(({ summary }) => summary);
    expect(summaries).toContain('Sync: the pair media may run again in both directions');
  });

  it('is said to be blocked also where the record of some run cannot be read', async (context) => {
    if (process.platform === 'win32') unproven(context, 'needs the modes of files');
    await using pair = await marked();
    mkdirSync(pair.logDir);
    // As a timer of another user leaves it.
    const blockedFile = join(pair.logDir, 'blocked-media.json');
    writeFileSync(blockedFile, 'Nobody knows which direction.');
    chmodSync(blockedFile, process.geteuid?.() === 0 ? 0o600 : 0o000);
    const record = join(pair.logDir, 'iteration-other-a-to-b-2026-11-01T10:00:00.000Z.json');
    writeFileSync(record, '{}');
    chmodSync(record, 0o000);
    chmodSync(pair.folder, 0o755);
    const overview = await asPlainUser(() => pair.sync.overview({ store: false }));
    expect(overview.logFolderProblem?.code).toBe('SYNC_LOG_FOLDER_UNUSABLE');
    const directions = overview.pairs[0]?.directions ?? [];
    expect(directions.map(({ blocked }) => blocked?.code)).toEqual(['SYNC_BLOCKED', 'SYNC_BLOCKED']);
  });

  it('has no empty records where nobody but another user may look into the log folder', async (context) => {
    if (process.platform === 'win32') unproven(context, 'needs the modes of files');
    await using pair = await marked();
    mkdirSync(pair.logDir, { mode: process.geteuid?.() === 0 ? 0o700 : 0o000 });
    chmodSync(pair.folder, 0o755);
    const { store, logFolderProblem } = await asPlainUser(() => pair.sync.overview({ store: true }));
    expect([store?.state, store?.problem?.code]).toEqual(['unreachable', 'SYNC_STORE_UNAVAILABLE']);
    expect(logFolderProblem?.code).toBe('SYNC_LOG_FOLDER_UNUSABLE');
    chmodSync(pair.logDir, 0o700);
  });

  it('has its blocked direction told by the mark of its source, whatever the timer calls it and its folders', async () => {
    await using pair = await marked();
    await pair.reviewAndRun('a-to-b');
    const [source, destination] = [pair.a, pair.b].map(
      (path) => openRoot({ path, pair: 'media' }).marker.root,
    );
    // The timer's label is that of the lab's other direction, and it knows both folders by other mounts.
    await writeBlocked(pair.logDir, {
      schema: 'sifaka.sync-blocked/1',
      pair: 'media',
      direction: 'b-to-a',
      source: source ?? '',
      destination: destination ?? '',
      src: '/mnt/elsewhere/a',
      dest: '/mnt/elsewhere/b',
      iteration: '00000000-0000-4000-8000-000000000001',
      since: '2026-11-01T10:00:00.000Z',
      problem: { code: 'SYNC_INCOMPLETE', what: 'No room.', state: 'Half of it.', next: 'Make room.' },
    });
    const directions = (await pair.sync.overview({ store: false })).pairs[0]?.directions ?? [];
    expect(directions.map(({ direction, blocked }) => [direction, blocked?.code])).toEqual([
      ['a-to-b', undefined],
      ['b-to-a', 'SYNC_BLOCKED'],
    ]);
    expect((await pair.plan('a-to-b')).plan.stop).toBeUndefined();
    const waiting = await pair.plan('b-to-a');
    expect(waiting.plan.stop?.code).toBe('SYNC_BLOCKED');
    // What was shown is what a run does.
    expect((await pair.run(waiting.digest)).problem?.code).toBe('SYNC_BLOCKED');
    expect((await pair.reviewAndRun('a-to-b')).outcome).toBe('done');
  });

  it('goes on when somebody says that all is well, also where nobody can open the address of its database', async () => {
    await using pair = await LabWithPair.open({ head: 'databaseSecret: sync-database' });
    mkdirSync(pair.logDir);
    writeFileSync(join(pair.logDir, 'blocked-media.json'), 'torn');
    expect(await pair.sync.resume('media', pair.signal)).toEqual({ pair: 'media', wasBlocked: true });
  });

  it('whose blocked state cannot be read is blocked in both directions', async () => {
    await using pair = await marked();
    mkdirSync(pair.logDir);
    writeFileSync(join(pair.logDir, 'blocked-media.json'), 'torn');
    const directions = (await pair.sync.overview({ store: false })).pairs[0]?.directions ?? [];
    expect(directions.map(({ blocked }) => blocked?.code)).toEqual(['SYNC_BLOCKED', 'SYNC_BLOCKED']);
  });
});
