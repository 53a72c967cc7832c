import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SyncOperation } from '../../../shared/schemas/sync-record.ts';
import { flushLeftovers } from '../../../electron/services/sync/runs/flush.ts';
import { listOpslogs } from '../../../electron/services/sync/runs/opslog-files.ts';
import { readOpslogFile } from '../../../electron/services/sync/runs/opslog-reader.ts';
import { createOpslog } from '../../../electron/services/sync/runs/opslog-writer.ts';
import { openAuditStore } from '../../../electron/services/sync/store/open-audit-store.ts';
import { requireTools, unproven } from '../../rig/required-tools.ts';
import { makeIteration, makeOperation, makeOperations } from '../../rig/sync-records.ts';

const clock = { now: () => new Date('2026-11-21T12:00:00.000Z') };

async function operationsIn(file: string, iterationUid: string): Promise<SyncOperation[]> {
  const all: SyncOperation[] = [];
  for await (const { operations, badLines } of readOpslogFile(file, iterationUid)) {
    expect(badLines).toEqual([]);
    all.push(...operations);
  }
  return all;
}

describe('an opslog', () => {
  let logDir = '';
  beforeEach(() => {
    logDir = mkdtempSync(join(tmpdir(), 'sifaka-opslog-'));
  });
  afterEach(() => rmSync(logDir, { recursive: true, force: true }));

  it("is named after pair, direction and time, is its owner's alone, and gives back every column", async () => {
    const iteration = makeIteration();
    const writer = await createOpslog({
      logDir,
      iteration: { ...iteration, status: 'running', ended_at: null },
    });
    const operations = [
      makeOperation(iteration, {
        filepath: 'a\\x0ab/ä \u2028 "quoted"',
        size_before: 2 ** 52,
        conflict: true,
      }),
      makeOperation(iteration, {
        operation: 'delete',
        kind: 'folder',
        status: 'fail',
        error_message: 'a\nb',
      }),
    ];
    await Promise.all([
      writer.append(operations.slice(0, 1)),
      writer.append(operations.slice(1), { durable: true }),
    ]);
    expect((await listOpslogs(logDir)).opslogs).toMatchObject([{ iteration: { status: 'running' } }]);
    await writer.finish(iteration);
    await writer.close();
    await writer.close();
    expect(readdirSync(logDir)).toEqual([
      'iteration-media-dell-to-hp-2026-11-21T10:00:00.125Z.json',
      'opslog-media-dell-to-hp-2026-11-21T10:00:00.125Z.jsonl',
    ]);
    for (const file of [writer.file, writer.iterationFile]) expect(statSync(file).mode & 0o077).toBe(0);
    expect(await operationsIn(writer.file, iteration.iteration_uid)).toEqual(operations);
    expect((await listOpslogs(logDir, { pair: 'media' })).opslogs).toMatchObject([{ iteration }]);
    expect((await listOpslogs(logDir, { pair: 'photos' })).opslogs).toEqual([]);
  });

  it('of a run that began in the same millisecond gets a name of its own', async () => {
    const [one, other] = [makeIteration(), makeIteration()];
    const writers = [
      await createOpslog({ logDir, iteration: one }),
      await createOpslog({ logDir, iteration: other }),
    ];
    for (const writer of writers) await writer.close();
    const { opslogs } = await listOpslogs(logDir);
    expect(opslogs.map(({ iteration }) => iteration.iteration_uid)).toEqual([
      one.iteration_uid,
      other.iteration_uid,
    ]);
    expect(new Set(writers.map(({ file }) => file)).size).toBe(2);
  });

  it('has every line that was written when its writer is killed', async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'opslog-writer-process.ts'), logDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const gone = new Promise((done) => child.once('exit', done));
    let written = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      written = Number(line);
      if (written >= 5000) child.kill('SIGKILL');
    }
    await gone;
    const [left] = (await listOpslogs(logDir)).opslogs;
    const uid = left?.iteration.iteration_uid ?? '';
    const operations = await operationsIn(left?.file ?? '', uid);
    expect(operations.length).toBeGreaterThanOrEqual(written);
    const store = openAuditStore({ logDir, clock });
    expect(await flushLeftovers({ logDir, pair: 'media', store, clock })).toMatchObject({
      flushed: [{ iterationUid: uid, operations: operations.length }],
    });
    expect(await store.iteration(uid)).toMatchObject({ status: 'failed', files_created: operations.length });
    await store.close();
  });

  it('with long lines is read in batches that are no larger for it', async () => {
    const iteration = makeIteration();
    const writer = await createOpslog({ logDir, iteration });
    const operations = Array.from({ length: 1000 }, (_, index) =>
      makeOperation(iteration, { filepath: `${String(index)}${'\\xff'.repeat(4000)}` }),
    );
    await writer.append(operations);
    await writer.close();
    const counts: number[] = [];
    for await (const batch of readOpslogFile(writer.file, iteration.iteration_uid)) {
      expect(batch.badLines).toEqual([]);
      counts.push(batch.operations.length);
    }
    expect(counts.length).toBe(Math.ceil(statSync(writer.file).size / (16 << 20)));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(operations.length);
    // The last of each batch is the one with which it had enough.
    const lineBytes = statSync(writer.file).size / operations.length;
    expect(Math.max(...counts)).toBeLessThanOrEqual(Math.ceil((16 << 20) / lineBytes) + 1);
  });

  it('that the disk had no room for goes on with a line of its own', async (context) => {
    requireTools(context, 'mount', 'umount');
    if (process.getuid?.() !== 0) unproven(context, 'needs root');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'sifaka-opslog', logDir]);
    try {
      const iteration = makeIteration();
      const writer = await createOpslog({ logDir, iteration });
      const first = makeOperations(iteration, 20);
      await writer.append(first);
      writeFileSync(join(logDir, 'other'), Buffer.alloc(220 * 1024));
      await expect(writer.append(makeOperations(iteration, 400))).rejects.toMatchObject({
        code: 'SYNC_LOG_FOLDER_UNUSABLE',
        data: { what: expect.stringContaining('its disk is full') },
      });
      rmSync(join(logDir, 'other'));
      const last = makeOperations(iteration, 3);
      await writer.append(last);
      await writer.close();
      const bad: number[] = [];
      const good: SyncOperation[] = [];
      for await (const batch of readOpslogFile(writer.file, iteration.iteration_uid)) {
        bad.push(...batch.badLines);
        good.push(...batch.operations);
      }
      expect(bad).toHaveLength(1);
      expect(good.slice(0, 20)).toEqual(first);
      expect(good.slice(-3)).toEqual(last);
    } finally {
      execFileSync('umount', [logDir]);
    }
  });
});
