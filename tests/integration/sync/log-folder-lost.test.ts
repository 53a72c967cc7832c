import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type TestContext } from 'vitest';
import { syncRunText } from '../../../electron/cli/text/sync-run-text.ts';
import { lockLost } from '../../../electron/services/sync/lock/lock-problems.ts';
import { undoRun } from '../../../electron/services/sync/runs/undo-run.ts';
import type { SyncRunEvent } from '../../../electron/services/sync/runs/run-ports.ts';
import { syncUndoSchema } from '../../../shared/schemas/sync-commands.ts';
import { buildFaultLayer, FaultLayer, requireFaultLayer } from '../../rig/sync-faults/fault-layer.ts';
import { requireTools, unproven } from '../../rig/required-tools.ts';
import { Desk } from '../cli/run-cli.ts';
import { contents, put, SyncDesk } from './sync-desk.ts';

const losesIt =
  ({ logDir }: SyncDesk, when: (event: SyncRunEvent) => boolean) =>
  (event: SyncRunEvent) => {
    if (when(event)) rmSync(logDir, { recursive: true, force: true });
  };

/** Its destination has room for one mebibyte; a file of three is to come. */
async function withFullDestination(
  context: TestContext,
  work: (desk: SyncDesk) => Promise<void>,
): Promise<void> {
  requireTools(context, 'mount', 'umount');
  if (process.getuid?.() !== 0) unproven(context, 'needs root');
  using desk = new SyncDesk();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1M', 'sifaka-full', desk.b]);
  try {
    await desk.init();
    put(desk.a, 'large', 'x'.repeat(3 << 20));
    put(desk.a, 'small', 'small');
    await work(desk);
  } finally {
    execFileSync('umount', ['-l', desk.b]);
  }
}

test('a log folder that is lost after the last change: the report says what was done, and that its records are not', async () => {
  using desk = await new SyncDesk().init();
  put(desk.a, 'new.txt', 'new');
  const lost = losesIt(desk, (event) => event.type === 'progress' && event.progress.step === 'record');
  const { report } = await desk.run(undefined, { tell: lost });
  expect(report).toMatchObject({
    recorded: 'end-unwritten',
    iteration: { status: 'success', files_created: 1 },
  });
  expect(contents(desk.b)).toEqual({ 'new.txt': 'new' });
  expect(desk.notes.join('\n')).toContain(`The log folder ${desk.logDir} cannot be used`);
  expect(desk.notes.join('\n')).not.toContain('Nothing was synchronized');
});

test('a log folder that is away for the last word: the report says that the next run takes it for cut off, and that does', async () => {
  using desk = await new SyncDesk().init();
  put(desk.a, 'new.txt', 'new');
  const away = `${desk.logDir}-away`;
  const { report } = await desk.run(undefined, {
    tell(event) {
      if (event.type === 'progress' && event.progress.step === 'record') renameSync(desk.logDir, away);
    },
  });
  expect(syncRunText(report)).toMatch(/Done, and read back[\s\S]*could not be written[\s\S]*as cut off/);
  rmSync(desk.logDir, { recursive: true, force: true });
  renameSync(away, desk.logDir);
  await desk.run(desk.back());
  expect(desk.notes.join('\n')).toContain('was cut off. It is recorded as failed.');
  const [cutOff] = (await desk.rows()).iterations;
  expect(cutOff).toMatchObject({ iteration_uid: report.iteration.iteration_uid, status: 'failed' });
});

test('a trash that cannot be tidied: the note says why in words, and no code of a problem', async () => {
  using desk = await new SyncDesk().init();
  put(desk.a, 'new.txt', 'new');
  await desk.run();
  const ages = join(desk.b, '.sifaka-trash/ages');
  await desk.run(undefined, {
    tell(event) {
      if (event.type !== 'progress' || event.progress.step !== 'record') return;
      rmSync(ages, { force: true });
      mkdirSync(join(ages, 'of somebody else'), { recursive: true });
    },
  });
  const notes = desk.notes.join('\n');
  expect(notes).toContain(
    `Old versions could not be removed from the trash of ${desk.b}. ${desk.b} and its trash could not be worked with.`,
  );
  expect(notes).not.toContain('SYNC_INCOMPLETE');
});

test('a full destination: the problem says how much is missing, and the other direction waits', async (context) => {
  await withFullDestination(context, async (desk) => {
    const { report } = await desk.run();
    expect(report.problem).toMatchObject({
      code: 'SYNC_INCOMPLETE',
      what: expect.stringMatching(/The disk of .+ has .+ left, and .+ more are needed\./),
      state: expect.stringContaining('waits until this one has run clean'),
      next: expect.stringContaining('Make room'),
    });
    await expect(desk.run(desk.back())).rejects.toMatchObject({ code: 'SYNC_BLOCKED' });
  });
});

test('a failure that cannot be written down to keep the other direction waiting: the report says so', async (context) => {
  await withFullDestination(context, async (desk) => {
    const { report } = await desk.run(undefined, {
      tell: losesIt(desk, (event) => event.type === 'operations'),
    });
    expect(report).toMatchObject({
      recorded: 'end-unwritten',
      problem: { code: 'SYNC_INCOMPLETE', state: expect.stringContaining('is not kept waiting') },
    });
  });
});

test('a destination that does not confirm the last changes: the problem says that a power cut could lose some', async (context) => {
  requireFaultLayer(context);
  using desk = await new SyncDesk().init();
  put(desk.a, 'new.txt', 'new');
  using faults = new FaultLayer(await buildFaultLayer(), join(desk.folder, 'faults'), [desk.b]);
  const cli = new Desk();
  try {
    faults.arm({ action: 'fail', error: 'EIO', kinds: ['sync'], at: 3, onward: true, below: desk.b });
    const { a, b, pair, logDir } = desk;
    const { code, last } = await cli.run(
      ['--src', a, '--dest', b, '--pair', pair, '--direction', 'a-to-b', '--log-dir', logDir, '--json'],
      { entry: 'ha-sync.ts', env: faults.environment() },
    );
    expect([code, last['code'], last['state']]).toEqual([
      1,
      'SYNC_INCOMPLETE',
      expect.stringContaining('1 operation of 1 were done (3 B copied), but a power cut now could lose'),
    ]);
  } finally {
    cli.remove();
  }
});

test('an undo whose lock is lost leaves its records to the new holder', async () => {
  using desk = await new SyncDesk().init();
  put(desk.a, 'new.txt', 'new');
  const { report } = await desk.run();
  const lost = new AbortController();
  const ports = desk.ports();
  await expect(
    undoRun(
      syncUndoSchema.parse({ iteration: report.iteration.iteration_uid, logDir: desk.logDir }),
      {
        ...ports,
        takeLock: async (...taking) => {
          const lock = await ports.takeLock(...taking);
          return {
            lost: lost.signal,
            deadline: lock.deadline,
            confirm: () => lock.confirm(),
            release: () => lock.release(),
          };
        },
      },
      {
        signal: new AbortController().signal,
        tell: ({ type }) => {
          if (type === 'note') lost.abort(lockLost(desk.pair, 'another run has it.'));
        },
      },
    ),
  ).rejects.toMatchObject({ code: 'SYNC_LOCK_LOST' });
  expect((await desk.rows()).iterations).toHaveLength(1);
  expect(desk.waiting()).toHaveLength(2);
});
