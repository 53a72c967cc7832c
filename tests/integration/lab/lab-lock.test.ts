import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { systemErrorCode } from '../../../electron/services/durable/system-error.ts';
import { createProcessIdentity } from '../../../electron/services/jobs/process-identity.ts';
import { unproven } from '../../rig/required-tools.ts';
import { appendEntries } from './append-entries.ts';
import { problemOf, wholeLab, withLab, type TestLab } from './lab-fixtures.ts';

const lockFile = '.sifaka.lock';

function append(at: TestLab, name: string, count: number): ChildProcess {
  return spawn(process.execPath, [appendEntries, at.root, name, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function idsInRecord(at: TestLab): Promise<string[]> {
  const record = JSON.parse(await at.read('cluster/madagascar-changelog.json')) as {
    entries: { id: string }[];
  };
  return record.entries.map(({ id }) => id);
}

async function idsInReadable(at: TestLab): Promise<string[]> {
  return Array.from((await at.read('CHANGELOG.md')).matchAll(/`([\w-]+)`$/gm), (match) => match[1] ?? '');
}

/** A process that has ended, as a lock would name it. */
async function deadOwner(): Promise<object> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'close');
  return { ...createProcessIdentity().self, pid: child.pid, startedAt: '1' };
}

function lockOf(owner: object): string {
  return JSON.stringify({
    nonce: '00000000-0000-4000-8000-000000000000',
    owner,
    since: '2026-01-01T00:00:00Z',
  });
}

/** What a lock is written to before it gets its name. */
function left(letter: string): string {
  return `${lockFile}.${letter.repeat(8)}-0000-4000-8000-000000000000.new`;
}

describe('two processes that append', () => {
  test('50 entries each, while this one appends too, lose none', async () => {
    await withLab(wholeLab, async (at) => {
      const children = ['left', 'right'].map((name) => append(at, name, 50));
      const lab = await at.open({ lockWaitMilliseconds: 60_000 });
      const mine = Promise.all(
        Array.from({ length: 20 }, (_, number) =>
          lab.appendToLogbook({ id: `mine-${number}`, project: 'test', summary: 'one of many' }),
        ),
      );
      const ends = await Promise.all(children.map((child) => once(child, 'close')));
      await mine;
      expect(ends.map(([code]) => code as number)).toEqual([0, 0]);
      const ids = await idsInRecord(at);
      expect(ids).toHaveLength(120);
      expect(new Set(ids).size).toBe(120);
      expect(await idsInReadable(at)).toEqual(ids);
      expect(await readdir(at.root)).toEqual(['CHANGELOG.md', 'cluster', 'metis']);
    });
  });

  test('and are killed at any moment leave whole files, and the next one goes on', async () => {
    await withLab(wholeLab, async (at) => {
      const done: string[] = [];
      for (let round = 0; round < 8; round += 1) {
        const child = append(at, `round${round}`, 1000);
        const closed = once(child, 'close');
        const lines = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]();
        for (let line = 0; line < 3; line += 1) done.push(String((await lines.next()).value));
        // Not a wait: the moment within an append at which it dies.
        await setTimeout(Math.random() * 15);
        child.kill('SIGKILL');
        for (let line = await lines.next(); !line.done; line = await lines.next()) done.push(line.value);
        await closed;
        const ids = await idsInRecord(at);
        expect(done.filter((id) => !ids.includes(id))).toEqual([]);
        // The readable file may lack the last entry at most.
        expect([ids, ids.slice(0, -1)]).toContainEqual(await idsInReadable(at));
      }
      const lab = await at.open();
      await lab.appendToLogbook({ id: 'last', project: 'test', summary: 'after all of them' });
      expect(await idsInReadable(at)).toEqual(await idsInRecord(at));
      expect(await readdir(join(at.root, 'cluster'))).toEqual([
        'madagascar-changelog.json',
        'madagascar.json',
      ]);
    });
  });
});

describe('the lock of a lab', () => {
  test('is taken over from a dead owner, by one of many who find it', async () => {
    await withLab(wholeLab, async (at) => {
      await at.write(lockFile, lockOf(await deadOwner()));
      const children = ['a', 'b', 'c', 'd'].map((name) => append(at, name, 5));
      const ends = await Promise.all(children.map((child) => once(child, 'close')));
      expect(ends.map(([code]) => code as number)).toEqual([0, 0, 0, 0]);
      expect(await idsInRecord(at)).toHaveLength(20);
      expect((await readdir(at.root)).filter((name) => name.startsWith('.'))).toEqual([]);
    });
  });

  test('is taken over although somebody died while taking it over', async () => {
    await withLab(wholeLab, async (at) => {
      const dead = await deadOwner();
      await at.write(lockFile, lockOf(dead));
      await at.write(
        `${lockFile}.00000000-0000-4000-8000-000000000000.claim`,
        lockOf(dead).replace('00000000-', '11111111-'),
      );
      const lab = await at.open();
      await lab.appendToLogbook({ project: 'test', summary: 'x' });
      expect((await readdir(at.root)).filter((name) => name.startsWith('.'))).toEqual([]);
    });
  });

  test.each([
    ['that lives', () => createProcessIdentity().self],
    ['of another machine', () => ({ ...createProcessIdentity().self, host: 'tower\u001b[31m' })],
  ])('is waited for and then named when its owner is one %s', async (_name, owner) => {
    await withLab(wholeLab, async (at) => {
      await at.write(lockFile, lockOf(owner()));
      const lab = await at.open({ lockWaitMilliseconds: 50 });
      const problem = await problemOf(lab.appendToLogbook({ project: 'test', summary: 'x' }));
      expect(problem.code).toBe('LAB_LOCKED');
      expect(problem.what).toMatch(
        new RegExp(`^Another Sifaka is changing this lab: process ${process.pid} on \\S+`),
      );
      expect(JSON.stringify(problem)).not.toContain('\\u001b');
      expect(await at.read(lockFile)).toBe(lockOf(owner()));
      expect(await readdir(join(at.root, 'cluster'))).toEqual(['madagascar.json']);
    });
  });

  test('that cannot be read is respected while it is young, and removed when it is old', async () => {
    await withLab(wholeLab, async (at) => {
      await at.write(lockFile, '{"nonce": "../../x"');
      const lab = await at.open({ lockWaitMilliseconds: 50 });
      expect((await problemOf(lab.appendToLogbook({ project: 'test', summary: 'x' }))).code).toBe(
        'LAB_LOCKED',
      );
      const hourAgo = new Date(Date.now() - 3_600_000);
      await utimes(join(at.root, lockFile), hourAgo, hourAgo);
      await lab.appendToLogbook({ project: 'test', summary: 'x' });
      expect((await readdir(at.root)).filter((name) => name.startsWith('.'))).toEqual([]);
    });
  });

  test('removes what the dead left of making theirs, and nothing of the living', async () => {
    await withLab(wholeLab, async (at) => {
      const hourAgo = new Date(Date.now() - 3_600_000);
      const lastWeek = new Date(Date.now() - 7 * 24 * 3_600_000);
      const elsewhere = { ...createProcessIdentity().self, host: 'tower' };
      await at.write(left('a'), lockOf(await deadOwner()));
      await at.write(left('b'), '');
      await utimes(join(at.root, left('b')), hourAgo, hourAgo);
      await at.write(left('c'), lockOf(elsewhere));
      await utimes(join(at.root, left('c')), lastWeek, lastWeek);
      await at.write(left('d'), lockOf(elsewhere));
      await at.write(left('e'), lockOf(createProcessIdentity().self));
      const lab = await at.open();
      await lab.appendToLogbook({ project: 'test', summary: 'x' });
      expect((await readdir(at.root)).filter((name) => name.startsWith('.'))).toEqual([left('d'), left('e')]);
    });
  });

  test('leaves nothing behind where the disk is full', async (context) => {
    if (process.platform !== 'linux' || process.getuid?.() !== 0)
      unproven(context, 'a small tmpfs needs root on Linux');
    await withLab({}, async (at) => {
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'sifaka-test', at.root], { stdio: 'pipe' });
      } catch {
        unproven(context, 'this machine lets even root mount no tmpfs');
      }
      try {
        await writeFile(join(at.root, 'full'), Buffer.alloc(64 * 1024, 1)).catch((error: unknown) => {
          if (systemErrorCode(error) !== 'ENOSPC') throw error;
        });
        const lab = await at.open();
        for (let attempt = 0; attempt < 3; attempt += 1) {
          const problem = await problemOf(lab.appendToLogbook({ project: 'test', summary: 'x' }));
          expect(problem.code).toBe('LAB_UNWRITABLE');
        }
        expect(await readdir(at.root)).toEqual(['full']);
      } finally {
        execFileSync('umount', [at.root]);
      }
    });
  });

  test('is released after a change that failed, and does not stop reading', async () => {
    await withLab(wholeLab, async (at) => {
      const lab = await at.open({ lockWaitMilliseconds: 50 });
      await problemOf(
        lab.set({ file: 'metis/inventory.yaml', pointer: '/nodes/titan-13/class', value: 'none' }),
      );
      await lab.appendToLogbook({ project: 'test', summary: 'x' });
      await writeFile(join(at.root, lockFile), lockOf(createProcessIdentity().self));
      expect(Object.keys((await lab.inventory()).value.nodes)).toEqual(['titan-13']);
      expect(await lab.logbook(5)).toHaveLength(1);
    });
  });
});
