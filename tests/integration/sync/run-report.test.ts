import { lstatSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { syncRunText } from '../../../electron/cli/text/sync-run-text.ts';
import { createSyncCommand } from '../../../electron/router/sync-command.ts';
import { put, SyncDesk } from './sync-desk.ts';

/** Both sides have changed `file` since they were the same; the next run would take that of `a`. */
async function deskWithConflict(): Promise<SyncDesk> {
  const desk = await new SyncDesk().init();
  put(desk.a, 'file', 'one');
  await desk.run();
  put(desk.a, 'file', 'of a', 10);
  put(desk.b, 'file', 'of b, longer', 500);
  return desk;
}

test('a run in which everything failed is not offered to be taken back, and no version of it is said to lie in the trash', async () => {
  using desk = await deskWithConflict();
  const { report } = await desk.run();
  const failed = {
    ...report,
    iteration: { ...report.iteration, files_updated: 0, files_failed: 1, status: 'partial_failure' as const },
    operations: report.operations.map((operation) => Object.assign(operation, { status: 'fail' as const })),
  };
  const said = syncRunText(failed);
  expect(said).toContain('FAILED');
  expect(said).not.toContain('To take this run back');
  expect(said).not.toContain('the other lies in the trash');
});

test('a trash that is a link is named, and nothing is done through it', async () => {
  using desk = await deskWithConflict();
  const trash = join(desk.b, '.sifaka-trash');
  const elsewhere = join(desk.folder, 'elsewhere');
  mkdirSync(elsewhere);
  rmSync(trash, { recursive: true, force: true });
  symlinkSync(elsewhere, trash);
  const said = await desk.run().then(
    ({ report }) => syncRunText(report),
    (error: unknown) => JSON.stringify(error),
  );
  expect(said).toContain(`${trash} is not a folder`);
  expect(said).not.toContain('ENOTDIR');
  expect(said).not.toContain('the other lies in the trash');
  expect(said).not.toContain('To take this run back');
  expect(lstatSync(trash).isSymbolicLink()).toBe(true);
  expect(readdirSync(elsewhere)).toEqual([]);
});

test('a conflict that was settled says where the other one is, and how the run is taken back', async () => {
  using desk = await deskWithConflict();
  const said = syncRunText((await desk.run()).report);
  expect(said).toContain('the other lies in the trash (1)');
  expect(said).toContain('To take this run back: sifaka sync undo');
});

test('a newline in the name of a side is shown as one wherever that is printed', async () => {
  using desk = await deskWithConflict();
  const { report } = await desk.run();
  const side = '/mnt/two\nlines';
  const named = {
    ...report,
    logDir: `${side}/log`,
    trash: `${side}/trash`,
    iteration: { ...report.iteration, src: `${side}/a`, dest: `${side}/b` },
  };
  const said = syncRunText(named);
  for (const part of ['log', 'trash', 'a', 'b']) expect(said).toContain(`two\\u{a}lines/${part}`);
  expect(said).not.toMatch(/^ *lines/m);
});

test.each([
  [{ workers: 0 }, '--workers must be at least 1'],
  [{ workers: 1.5 }, '--workers must be a whole number'],
  [{ maxDeletePercent: 101 }, '--max-delete must be at most 100'],
  [{ src: '' }, '--src must not be empty'],
  [{ pair: 'Media' }, '--pair must be lower-case letters'],
])('an option that cannot be is refused in words of ours: %j', async (wrong, words) => {
  using desk = new SyncDesk();
  const command = createSyncCommand(desk.ports());
  const asked = command.run({ ...desk.request(), ...wrong }, { signal: new AbortController().signal });
  await expect(asked).rejects.toMatchObject({
    code: 'INPUT_INVALID',
    data: { what: expect.stringContaining(words) },
  });
});
