import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryName } from '../../../electron/services/sync/engine/temporaries.ts';
import { anHourAgo, noticesOf, operationsOf, put, putLink, surveyWorld } from './survey-world.ts';
import { noAgreedState } from './no-agreed-state.ts';

describe('what a pass will do', () => {
  it('is nothing where both sides are the same', async () => {
    const world = await surveyWorld();
    for (const root of [world.source, world.destination]) {
      put(root, 'a/b/file', 'same');
      putLink(root, 'link', 'a/b/file');
      mkdirSync(join(root, 'empty'));
    }
    const plan = await world.plan({ deleteMissing: true });
    expect([plan.operations, plan.alignments, plan.notices]).toEqual([[], [], []]);
    expect(plan.counts).toMatchObject({ source: 2, destination: 2, common: 2, equal: 2, bytes: 0 });
  });

  it('is to create what the destination has not, folders first, whatever the names', async () => {
    const world = await surveyWorld();
    put(world.source, 'new/deep/file', 'x');
    put(world.source, 'new!', 'x');
    put(world.source, 'caf\xc3\xa9', 'NFC');
    put(world.source, 'cafe\xcc\x81', 'NFD');
    put(world.source, 'no utf-8 \xff\n', 'x');
    put(world.source, 'x'.repeat(255), 'x');
    putLink(world.source, 'loop', '.');
    mkdirSync(join(world.source, 'empty'));
    const plan = await world.plan();
    expect(operationsOf(plan)).toEqual([
      'create file cafe\u0301 (missing)',
      'create file caf\u00e9 (missing)',
      'create folder empty (missing)',
      'create link loop (missing)',
      'create folder new (missing)',
      'create file new! (missing)',
      'create folder new/deep (missing)',
      'create file new/deep/file (missing)',
      'create file no utf-8 \\xff\\x0a (missing)',
      `create file ${'x'.repeat(255)} (missing)`,
    ]);
    expect(plan.counts).toMatchObject({ creates: 10, bytes: 3 + 3 + 1 + 1 + 1 + 1 });
  });

  it('takes nobody’s files for temporaries, whatever they begin with', async () => {
    const world = await surveyWorld();
    const own = ['.sifaka-tmp-diary', '.sifaka-tmp-1-1', `.sifaka-tmp-${randomUUID().slice(1)}-1`];
    for (const name of own) put(world.source, name, 'x');
    put(world.destination, '.sifaka-tmp-mine', 'x');
    const plan = await world.plan();
    expect(plan.temporaries).toEqual([]);
    expect(operationsOf(plan).toSorted()).toEqual(
      own.map((name) => `create file ${name} (missing)`).toSorted(),
    );
  });

  it('never enters trash, temporaries, markers, log folders and what NFS leaves behind', async () => {
    const world = await surveyWorld();
    put(world.source, '.sifaka-trash/old', 'x');
    put(world.source, `folder/${temporaryName(randomUUID(), 1)}`, 'x');
    put(world.source, 'folder/.nfs000000000001', 'x');
    put(world.source, 'logs/.sifaka-sync-log', 'x');
    put(world.source, 'logs/opslog.jsonl', 'x');
    const left = `folder/${temporaryName(randomUUID(), 1)}`;
    put(world.destination, left, 'x');
    const plan = await world.plan({ deleteMissing: true });
    expect(operationsOf(plan)).toEqual([]);
    expect(plan.notices).toMatchObject([{ kind: 'log-folder', filepath: 'logs' }]);
    expect(plan.temporaries).toEqual([left]);
    // Also where only the other side's folder is the log folder.
    expect((await world.reversed.plan({ deleteMissing: true })).operations).toEqual([]);
  });

  it('takes only what NFS itself names so for leftovers of NFS', async () => {
    const world = await surveyWorld();
    for (const name of ['.nfs', '.nfs-notes', '.nfsrc', '.nfs00a1 (1)']) put(world.source, name, 'x');
    put(world.source, '.nfs00000000000a1b2c00000001', 'x');
    expect((await world.plan()).operations.map(({ path }) => path).toSorted()).toEqual([
      '.nfs',
      '.nfs-notes',
      '.nfs00a1 (1)',
      '.nfsrc',
    ]);
  });

  it('is the newer one beyond the threshold, and its time within it where the bytes are the same', async () => {
    const world = await surveyWorld();
    put(world.source, 'newer', 'new', anHourAgo + 10);
    put(world.destination, 'newer', 'old', anHourAgo);
    put(world.source, 'older', 'old', anHourAgo);
    put(world.destination, 'older', 'new!', anHourAgo + 10);
    put(world.source, 'touched', 'same', anHourAgo + 1);
    put(world.destination, 'touched', 'same', anHourAgo);
    put(world.source, 'barely', 'bar', anHourAgo + 0.5);
    put(world.destination, 'barely', 'foo', anHourAgo);
    const plan = await world.plan();
    expect(operationsOf(plan)).toEqual([
      'update file barely (newer-within-threshold)',
      'update file newer (newer)',
    ]);
    expect(plan.alignments.map(({ path }) => path)).toEqual(['touched']);
    expect(operationsOf(await world.reversed.plan())).toEqual(['update file older (newer)']);
  });

  it('deletes only when it is told to, files before their folders, and nothing that is not synced', async () => {
    const world = await surveyWorld();
    put(world.destination, 'gone/deep/file', 'x');
    put(world.destination, 'gone/other', 'x');
    put(world.destination, 'stays/.nfs0001', 'x');
    put(world.destination, 'stays/file', 'x');
    put(world.destination, 'has-log/file', 'x');
    put(world.destination, 'has-log/log/.sifaka-sync-log', 'x');
    execFileSync('mkfifo', [join(world.destination, 'fifo')]);
    expect((await world.plan()).operations).toEqual([]);
    const plan = await world.plan({ deleteMissing: true });
    expect(operationsOf(plan)).toEqual(
      [
        'file stays/file',
        'file has-log/file',
        'file gone/other',
        'file gone/deep/file',
        'folder gone/deep',
        'folder gone',
      ].map((what) => `delete ${what} (deleted-at-source)`),
    );
    expect(noticesOf(plan)).toEqual(['special fifo', 'log-folder has-log/log']);
    expect(plan.counts.deletes).toBe(4);
  });

  it('takes nothing for deleted whose path is too long to be looked at', async () => {
    const world = await surveyWorld();
    const deep = Array.from({ length: 10 }, () => 'x'.repeat(250)).join('/');
    mkdirSync(join(world.destination, deep), { recursive: true });
    mkdirSync(join(world.folder, deep), { recursive: true });
    put(world.folder, `${deep}/file`, 'x');
    put(world.destination, 'file', 'x');
    // Each half is short enough to be made by its path.
    renameSync(join(world.folder, 'x'.repeat(250)), join(world.destination, deep, 'below'));
    const plan = await world.plan({ deleteMissing: true });
    expect(operationsOf(plan)).toEqual(['delete file file (deleted-at-source)']);
    expect(plan.notices.map(({ kind, text }) => `${kind}: ${text}`)).toEqual([
      'unreadable: It cannot be read at the destination: its path is longer than the system allows. Nothing was done at or below it.',
    ]);
  });

  it('leaves files, folders and links of another kind to the newer side', async () => {
    const world = await surveyWorld();
    put(world.source, 'became-folder/a', 'x', anHourAgo + 20);
    put(world.destination, 'became-folder', 'x', anHourAgo);
    put(world.source, 'became-file', 'x', Math.floor(Date.now() / 1000) + 60);
    put(world.destination, 'became-file/a/b', 'x');
    put(world.destination, 'became-file/c', 'x');
    const plan = await world.plan();
    expect(operationsOf(plan)).toEqual([
      'update file became-file (kind)',
      'update folder became-folder (kind)',
      'create file became-folder/a (missing)',
    ]);
    expect(plan.counts.deletes).toBe(3);
    expect(operationsOf(await world.reversed.plan())).toEqual([]);
  });

  it('lets a time in the future decide nothing', async () => {
    const world = await surveyWorld();
    const future = Math.floor(Date.now() / 1000) + 86_400;
    put(world.source, 'stale', 'old', future);
    put(world.destination, 'stale', 'right', anHourAgo);
    put(world.source, 'new', 'x', future);
    put(world.source, 'same', 'x', future);
    put(world.destination, 'same', 'x', anHourAgo);
    const plan = await world.plan();
    expect(operationsOf(plan)).toEqual(['create file new (missing)']);
    expect(noticesOf(plan)).toEqual(['future-time stale']);
    const back = await world.reversed.plan();
    expect(operationsOf(back)).toEqual([]);
    expect(noticesOf(back)).toEqual(['future-time stale']);
    expect(back.alignments.map(({ path }) => path)).toEqual(['same']);
  });

  it('finds other bytes under the same size and time only when it reads', async () => {
    const world = await surveyWorld();
    put(world.source, 'rotten', 'abc');
    put(world.destination, 'rotten', 'abd');
    put(world.source, 'sound', 'abc');
    put(world.destination, 'sound', 'abc');
    expect((await world.plan()).counts.equal).toBe(2);
    const plan = await world.plan({ checksum: true });
    expect(plan.counts.equal).toBe(1);
    expect(plan.operations).toEqual([]);
    expect(noticesOf(plan)).toEqual(['other-bytes rotten']);
  });

  it('tells of several names of a file once', async () => {
    const world = await surveyWorld();
    put(world.source, 'one', 'x');
    linkSync(join(world.source, 'one'), join(world.source, 'two'));
    const plan = await world.plan();
    expect(operationsOf(plan)).toHaveLength(2);
    expect(noticesOf(plan)).toEqual(['hard-links one']);
  });

  it('has the same digest as long as nothing changes', async () => {
    const world = await surveyWorld();
    put(world.source, 'a', 'x');
    const { digest } = await world.plan();
    expect((await world.plan()).digest).toBe(digest);
    utimesSync(join(world.source, 'a'), 1, 1);
    expect((await world.plan()).digest).not.toBe(digest);
  });

  it('is refused when a root was exchanged meanwhile', async () => {
    const world = await surveyWorld();
    const roots = await world.roots();
    renameSync(world.source, `${world.source}-away`);
    mkdirSync(world.source);
    writeFileSync(join(world.source, 'x'), '');
    const { makePlan } = await import('../../../electron/services/sync/engine/make-plan.ts');
    const { syncOptionsSchema } = await import('../../../shared/schemas/sync-request.ts');
    await expect(
      makePlan(roots, syncOptionsSchema.parse({ logDir: world.logDir }), {
        signal: new AbortController().signal,
        agreed: noAgreedState(),
      }),
    ).rejects.toMatchObject({ code: 'SYNC_ROOT_LOST' });
    rmSync(`${world.source}-away`, { recursive: true });
  });
});
