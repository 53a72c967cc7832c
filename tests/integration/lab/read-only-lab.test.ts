import { execFileSync } from 'node:child_process';
import { chmod, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, type TestContext } from 'vitest';
import type { LabFolder } from '../../../electron/services/lab/lab-folder.ts';
import type { ProblemRecord } from '../../../shared/problem.ts';
import { unproven } from '../../rig/required-tools.ts';
import { inventory, problemOf, type TestLab, wholeLab, withLab } from './lab-fixtures.ts';

const isRoot = process.getuid?.() === 0;

async function refusals(lab: LabFolder): Promise<ProblemRecord[]> {
  const file = 'metis/inventory.yaml';
  return [
    await problemOf(lab.set({ file, pointer: '/nodes/titan-13/description', value: 'x' })),
    await problemOf(lab.writeBytes('metis/new', Buffer.from('x'), {})),
    await problemOf(lab.appendToLogbook({ project: 'test', summary: 'x' })),
  ];
}

/** Mounts over the lab and takes the mount away again. */
async function mounted(
  context: TestContext,
  at: TestLab,
  commands: string[][],
  run: () => Promise<void>,
): Promise<void> {
  if (process.platform !== 'linux' || !isRoot) unproven(context, 'needs root on Linux to mount');
  let mounts = 0;
  try {
    for (const command of commands) {
      try {
        execFileSync('mount', [...command, at.root], { stdio: 'pipe' });
      } catch {
        unproven(context, 'this machine lets even root mount nothing');
      }
      mounts = 1;
    }
    await run();
  } finally {
    if (mounts > 0) execFileSync('umount', [at.root]);
  }
}

describe('a lab that cannot be written opens for reading, and says so', () => {
  test('on a read-only mount', async (context) => {
    await withLab(wholeLab, async (at) => {
      const bind = [
        ['--bind', at.root],
        ['-o', 'remount,ro,bind'],
      ];
      await mounted(context, at, bind, async () => {
        const lab = await at.open();
        expect(await lab.state()).toEqual({
          path: at.root,
          name: 'lab',
          writable: false,
          readOnlyReason: 'The lab folder cannot be written; it is open for reading only.',
        });
        expect((await refusals(lab)).map(({ what }) => what)).toEqual(
          Array(3).fill('The lab folder cannot be written; it is open for reading only.'),
        );
        expect((await refusals(lab)).map(({ code }) => code)).toEqual([
          'LAB_READ_ONLY',
          'LAB_READ_ONLY',
          'LAB_READ_ONLY',
        ]);
        expect(Object.keys((await lab.inventory()).value.nodes)).toEqual(['titan-13']);
        expect(
          (await lab.check()).filter(({ file, ok }) => file.startsWith('metis/inventory') && ok),
        ).toHaveLength(1);
        execFileSync('mount', ['-o', 'remount,rw,bind', at.root]);
        expect((await lab.state()).writable).toBe(true);
        await lab.appendToLogbook({ project: 'test', summary: 'x' });
        // The same when it becomes read-only while it is open.
        execFileSync('mount', ['-o', 'remount,ro,bind', at.root]);
        expect((await refusals(lab)).map(({ code }) => code)).toEqual([
          'LAB_READ_ONLY',
          'LAB_READ_ONLY',
          'LAB_READ_ONLY',
        ]);
      });
    });
  });

  // Permission bits do not stop root; for root there is the mount above.
  test.skipIf(process.platform === 'win32' || isRoot)('in a folder without write permission', async () => {
    await withLab(wholeLab, async (at) => {
      await chmod(at.root, 0o555);
      try {
        const lab = await at.open();
        expect((await lab.state()).writable).toBe(false);
        expect((await refusals(lab)).map(({ code }) => code)).toEqual([
          'LAB_READ_ONLY',
          'LAB_READ_ONLY',
          'LAB_READ_ONLY',
        ]);
      } finally {
        await chmod(at.root, 0o755);
      }
    });
  });

  test.each([
    ['metis/inventory.yaml', inventory.replace('sifaka.inventory/1', 'sifaka.inventory/2')],
    ['cluster/madagascar.json', '{"schema": "sifaka.cluster/7", "clusters": 1}'],
    ['cluster/madagascar-changelog.json', '{"schema": "sifaka.changelog/2", "records": []}'],
    ['backups/policy.yaml', 'schema: sifaka.backup-policy/2\nrules: none\n'],
    ['sync/pairs.yaml', 'schema: sifaka.sync-pairs/2\npairs: none\n'],
    ['backups/backups.json', '{\n  "schema": "sifaka.backups/2",\n  "backups": {}\n}\n'],
    ['backups/manifest-2026-11-20.json', '{"schema": "sifaka.backup-manifest/2"}'],
  ])('when %s is of a newer schema', async (file, content) => {
    await withLab({ ...wholeLab, [file]: content }, async (at) => {
      const lab = await at.open();
      const state = await lab.state();
      expect(state.writable).toBe(false);
      expect(state.readOnlyReason).toContain(`${file} is written for a newer Sifaka`);
      expect((await refusals(lab)).map(({ code }) => code)).toEqual([
        'LAB_SCHEMA_NEWER',
        'LAB_SCHEMA_NEWER',
        'LAB_SCHEMA_NEWER',
      ]);
      expect((await lab.check()).find((finding) => finding.file === file)?.problem?.code).toBe(
        'LAB_SCHEMA_NEWER',
      );
      expect(await at.read(file)).toBe(content);
      const ours = new Set(['metis', 'cluster', 'backups', 'sync']);
      expect((await readdir(at.root)).filter((name) => !ours.has(name))).toEqual([]);
    });
  });
});

test('a disk that is full leaves every file as it was, and the problem says so', async (context) => {
  await withLab({}, async (at) => {
    await mounted(context, at, [['-t', 'tmpfs', '-o', 'size=256k', 'sifaka-test']], async () => {
      for (const [file, content] of Object.entries(wholeLab)) await at.write(file, content);
      const lab = await at.open();
      await lab.appendToLogbook({ project: 'test', summary: 'before' });
      const files = ['metis/inventory.yaml', 'cluster/madagascar-changelog.json', 'CHANGELOG.md'];
      const before = await Promise.all(files.map((name) => at.read(name)));
      // Room for the lock and for one of the files of a change, not for all.
      await fillUp(join(at.root, 'ballast'), 2);
      const file = 'metis/inventory.yaml';
      for (const attempt of [
        () => lab.set({ file, pointer: '/nodes/titan-13/description', value: 'x' }),
        () => lab.appendToLogbook({ project: 'test', summary: 'x' }),
      ]) {
        const problem = await problemOf(attempt());
        expect(problem.code).toBe('LAB_UNWRITABLE');
        expect(problem.what).toContain('the disk is full');
        expect(problem.state).toBe('Nothing was changed.');
      }
      expect(await Promise.all(files.map((name) => at.read(name)))).toEqual(before);
      const left = [...(await readdir(at.root)), ...(await readdir(join(at.root, 'cluster')))];
      expect(left.filter((name) => name.startsWith('.'))).toEqual([]);
    });
  });
});

/** Fills the disk until only so many pages are left. */
async function fillUp(ballast: string, pagesLeft: number): Promise<void> {
  const page = 4096;
  for (let pages = 64; pages > 0; pages -= 1) {
    try {
      await writeFile(ballast, Buffer.alloc(pages * page, 1));
      await writeFile(ballast, Buffer.alloc((pages - pagesLeft) * page, 1));
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    }
  }
}
