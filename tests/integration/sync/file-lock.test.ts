import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { takeFileLock } from '../../../electron/services/sync/lock/file-lock.ts';
import { isStillHeld } from '../../../electron/services/sync/lock/lock-deadline.ts';

let logDir = '';
const children: ChildProcess[] = [];

beforeEach(() => {
  logDir = mkdtempSync(join(tmpdir(), 'sifaka-file-lock-'));
});

afterEach(async () => {
  for (const child of children.splice(0)) await killed(child);
  rmSync(logDir, { recursive: true, force: true });
});

const { signal } = new AbortController();
const take = (holder: string, pair = 'media') =>
  takeFileLock({ pair, holder, logDir, ttlSeconds: 3600 }, { signal });

it('is held by one run of a pair at a time, which the other one is told', async () => {
  const lock = await take('desk/first');
  expect(isStillHeld(lock.deadline)).toBe(true);
  await lock.confirm();
  await expect(take('desk/second')).rejects.toMatchObject({
    code: 'SYNC_LOCK_TAKEN',
    data: { what: expect.stringMatching(/^Pair “media” is being synced by desk\/first, since \d{4}-/) },
  });
  const other = await take('desk/third', 'photos');
  await other.release();
  await lock.release();
  expect(isStillHeld(lock.deadline)).toBe(false);
  await lock.release();
  const next = await take('desk/second');
  await next.confirm();
  await next.release();
  expect(readdirSync(logDir).toSorted()).toEqual(['lock-media.sqlite', 'lock-photos.sqlite']);
});

it('ends with its process, however that ends', async () => {
  const holder = await holding('host/killed');
  await expect(take('desk/late')).rejects.toMatchObject({
    code: 'SYNC_LOCK_TAKEN',
    data: { what: expect.stringContaining('by host/killed, since ') },
  });
  await killed(holder);
  // It still says who had it: nobody asks that.
  expect(readFileSync(join(logDir, 'lock-media.json'), 'utf8')).toContain('host/killed');
  const lock = await take('desk/late');
  await lock.confirm();
  await lock.release();
});

it('does not name the dead while the living one has not said its name yet', async () => {
  const first = await holding('host/killed');
  const said = readFileSync(join(logDir, 'lock-media.json'));
  await killed(first);
  await holding('host/living');
  writeFileSync(join(logDir, 'lock-media.json'), said);
  await expect(take('desk/late')).rejects.toMatchObject({
    code: 'SYNC_LOCK_TAKEN',
    data: { what: 'Pair “media” is being synced by another run, which has only just begun.' },
  });
});

it('is lost when its file is removed: another could lock a new one', async () => {
  const lock = await take('desk/first');
  rmSync(join(logDir, 'lock-media.sqlite'));
  await expect(lock.confirm()).rejects.toMatchObject({ code: 'SYNC_LOCK_LOST' });
  expect(lock.lost.aborted).toBe(true);
  expect(isStillHeld(lock.deadline)).toBe(false);
  const second = await take('desk/second');
  await expect(lock.confirm()).rejects.toMatchObject({ code: 'SYNC_LOCK_LOST' });
  await lock.release();
  await second.confirm();
  await second.release();
});

it('says what is wrong with the log folder or the file', async () => {
  writeFileSync(join(logDir, 'lock-media.sqlite'), 'x'.repeat(4096));
  await expect(take('desk/first')).rejects.toMatchObject({
    code: 'SYNC_LOCK_UNAVAILABLE',
    data: { what: expect.stringMatching(/lock-media\.sqlite is not a lock file\.$/) },
  });
  rmSync(logDir, { recursive: true });
  await expect(take('desk/first')).rejects.toMatchObject({
    code: 'SYNC_LOCK_UNAVAILABLE',
    data: { next: expect.stringContaining('log folder') },
  });
});

async function holding(name: string): Promise<ChildProcess> {
  const program = join(import.meta.dirname, 'file-lock-process.ts');
  const child = spawn(process.execPath, [program, logDir, 'media', name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout, 'data');
  return child;
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
