import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cleanUpOpslogs } from '../../../electron/services/sync/runs/clean-up.ts';
import { flushLeftovers } from '../../../electron/services/sync/runs/flush.ts';
import { createOpslog } from '../../../electron/services/sync/runs/opslog-writer.ts';
import { openAuditStore } from '../../../electron/services/sync/store/open-audit-store.ts';
import { asPlainUser } from '../../rig/plain-user.ts';
import { requireTools, unproven } from '../../rig/required-tools.ts';
import { makeIteration, makeOperations } from '../../rig/sync-records.ts';

/** A month after the files were written, whenever that is. */
const clock = { now: () => new Date(Date.now() + 30 * 86_400_000) };

function isKept(what: string): object {
  return {
    flushed: [],
    kept: [{ problem: { code: 'SYNC_STORE_UNAVAILABLE', what: expect.stringContaining(what) } }],
  };
}

describe('the file in the log folder', () => {
  let logDir = '';
  beforeEach(() => {
    logDir = mkdtempSync(join(tmpdir(), 'sifaka-store-'));
  });
  afterEach(() => rmSync(logDir, { recursive: true, force: true }));

  const file = () => join(logDir, 'sync-audit.sqlite');

  async function leave(count: number): Promise<string> {
    const iteration = makeIteration();
    const writer = await createOpslog({ logDir, iteration });
    await writer.append(makeOperations(iteration, count));
    await writer.close();
    return iteration.iteration_uid;
  }

  async function flush() {
    const store = openAuditStore({ logDir, clock });
    const report = await flushLeftovers({ logDir, pair: 'media', store, clock });
    await store.close();
    return report;
  }

  it.each([
    [
      'no database',
      'it is no SQLite database',
      () => writeFileSync(file(), 'not a database at all '.repeat(500)),
    ],
    ['a folder', 'cannot be opened', () => mkdirSync(file())],
    [
      'damaged',
      'it is damaged',
      () => {
        const bytes = readFileSync(file());
        // The root page of each table and index, but not the list of them.
        bytes.fill(0xa5, 4096);
        writeFileSync(file(), bytes);
      },
    ],
  ])('that is %s is a problem, and records wait', async (_what, words, spoil) => {
    if (words === 'it is damaged') {
      await leave(300);
      expect(await flush()).toMatchObject({ kept: [] });
    }
    const uid = await leave(30);
    spoil();
    expect(await flush()).toMatchObject(isKept(words));
    // Also after the retention: there is nowhere else to put them.
    expect(await cleanUpOpslogs({ logDir, pair: 'media', retainDays: 0, clock })).toMatchObject({
      taken: [],
      removed: [],
      notes: [expect.stringContaining('wait for more than 0 days, and stay.')],
    });
    expect(readdirSync(logDir).filter((name) => /^(?:opslog|iteration)-/.test(name))).toHaveLength(2);
    rmSync(file(), { recursive: true });
    expect(await flush()).toMatchObject({ flushed: [{ iterationUid: uid, operations: 30 }], kept: [] });
  });

  it('that may not be written is a problem, and records wait', async (context) => {
    if (process.platform === 'win32') unproven(context, 'needs the modes of files');
    await leave(3);
    await flush();
    const uid = await leave(3);
    chmodSync(file(), 0o444);
    if (process.getuid?.() === 0)
      for (const name of [
        '',
        ...readdirSync(logDir).filter((one) => one.endsWith('.json') || one.endsWith('.jsonl')),
      ])
        chownSync(join(logDir, name), 65_534, 65_534);
    await asPlainUser(async () => {
      expect(await flush()).toMatchObject({
        kept: [{ iterationUid: uid, problem: { code: 'SYNC_STORE_UNAVAILABLE' } }],
      });
    });
  });

  it('that may not even be looked for is a problem', async (context) => {
    if (process.platform === 'win32') unproven(context, 'needs the modes of files');
    await leave(3);
    await flush();
    const store = openAuditStore({ logDir, clock });
    chmodSync(logDir, 0o600);
    await asPlainUser(async () => {
      await expect(store.iterations({ limit: 1 })).rejects.toMatchObject({
        code: 'SYNC_STORE_UNAVAILABLE',
        data: { what: expect.stringContaining('permission was denied') },
      });
    });
    chmodSync(logDir, 0o700);
    await store.close();
  });

  it('waits for another writer, and takes what it was to take', async () => {
    await leave(3);
    await flush();
    const uid = await leave(3);
    const other = new DatabaseSync(file());
    other.exec('BEGIN EXCLUSIVE');
    const flushed = flush();
    // The loop is free meanwhile: this timer is served.
    await new Promise((done) => setTimeout(done, 150));
    other.exec('COMMIT');
    other.close();
    expect(await flushed).toMatchObject({ flushed: [{ iterationUid: uid }], kept: [] });
  });

  it('on a full disk takes nothing half, and everything once there is room', async (context) => {
    requireTools(context, 'mount', 'umount');
    if (process.getuid?.() !== 0) unproven(context, 'needs root');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2M', 'sifaka-full', logDir]);
    try {
      const uid = await leave(2500);
      writeFileSync(join(logDir, 'other'), Buffer.alloc(700 * 1024));
      expect(await flush()).toMatchObject(isKept('its disk is full'));
      rmSync(join(logDir, 'other'));
      execFileSync('mount', ['-o', 'remount,size=32M', logDir]);
      expect(await flush()).toMatchObject({ flushed: [{ iterationUid: uid, operations: 2500 }], kept: [] });
      const store = openAuditStore({ logDir, clock });
      expect(await store.operations(uid, { limit: 10_000 })).toHaveLength(2500);
      await store.close();
      expect(statSync(`${file()}-journal`).size).toBe(0);
    } finally {
      execFileSync('umount', [logDir]);
    }
  });
});
