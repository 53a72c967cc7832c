import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openRoot } from '../../../electron/services/sync/engine/open-roots.ts';
import { writeBlocked } from '../../../electron/services/sync/runs/blocked.ts';
import { readStatus } from '../../../electron/services/sync/runs/status.ts';
import { undoRun } from '../../../electron/services/sync/runs/undo-run.ts';
import type { SyncUndoRequest } from '../../../shared/schemas/sync-commands.ts';
import { asPlainUser } from '../../rig/plain-user.ts';
import { unproven } from '../../rig/required-tools.ts';
import { contents, put, SyncDesk } from './sync-desk.ts';

/** All that a plain user has; what is made outside of `asPlainUser` is another's. */
async function ranByPlainUser(): Promise<{ desk: SyncDesk; iteration: string }> {
  return asPlainUser(async () => {
    const desk = await new SyncDesk().init();
    put(desk.a, 'plan.txt', 'newer', 10);
    put(desk.b, 'plan.txt', 'before');
    const { report } = await desk.run();
    return { desk, iteration: report.iteration.iteration_uid };
  });
}

/** The record of a run that a timer of another user has left waiting. */
function leaveRecord({ logDir }: SyncDesk): void {
  const file = join(logDir, 'iteration-other-a-to-b-2026-11-01T10:00:00.000Z.json');
  writeFileSync(file, '{}');
  chmodSync(file, 0o000);
}

function undo(desk: SyncDesk, iteration: string, rest: Partial<SyncUndoRequest> = {}) {
  const request = { iteration, logDir: desk.logDir, lockTtlSeconds: 3600, dryRun: false, ...rest };
  return undoRun(request, desk.ports(), { signal: new AbortController().signal });
}

test('what blocks a pair is told by its status also where the record of some run cannot be read', async (context) => {
  if (process.platform === 'win32') unproven(context, 'needs the modes of files');
  const made = await ranByPlainUser();
  using desk = made.desk;
  leaveRecord(desk);
  await asPlainUser(async () => {
    await writeBlocked(desk.logDir, {
      schema: 'sifaka.sync-blocked/1',
      pair: 'media',
      direction: 'a-to-b',
      source: openRoot({ path: desk.a, pair: 'media' }).marker.root,
      destination: openRoot({ path: desk.b, pair: 'media' }).marker.root,
      src: desk.a,
      dest: desk.b,
      iteration: made.iteration,
      since: '2026-11-01T10:00:00.000Z',
      problem: { code: 'SYNC_INCOMPLETE', what: 'No room.', state: 'Half of it.', next: 'Make room.' },
    });
    const status = await readStatus({ logDir: desk.logDir }, { ...desk.ports(), hasDatabase: false });
    expect(status.blocked).toMatchObject([{ pair: 'media', direction: 'a-to-b' }]);
    expect(status.directions).toMatchObject([{ pair: 'media', direction: 'a-to-b' }]);
    expect([status.waiting, status.gaps]).toEqual([
      [],
      [`The log folder ${desk.logDir} cannot be used: permission was denied.`],
    ]);
  });
});

test('a run is taken back also where the record of another cannot be read, by the records or by a trash of its pair', async (context) => {
  if (process.platform === 'win32') unproven(context, 'needs the modes of files');
  for (const byTrash of [false, true]) {
    const made = await ranByPlainUser();
    using desk = made.desk;
    const { iteration } = made;
    if (byTrash) rmSync(join(desk.logDir, 'sync-audit.sqlite'));
    leaveRecord(desk);
    await asPlainUser(() => undo(desk, iteration, { pair: 'media', sides: [desk.a, desk.b] }));
    expect(contents(desk.b)).toEqual({ 'plan.txt': 'before' });
  }
});

test('a run that is found nowhere is not said to be in no trash of a side that could not be looked at', async (context) => {
  if (process.platform === 'win32') unproven(context, 'needs the modes of files');
  const made = await ranByPlainUser();
  using desk = made.desk;
  const iteration = '6f2b7f5e-6a3e-4c1e-9a53-1d8f5a1d2b3c';
  const unseen = `The trash of ${desk.b} could not be looked at: This user is not allowed to (EACCES).`;
  chmodSync(desk.b, 0o000);
  try {
    const asked: [Partial<SyncUndoRequest>, string][] = [
      [{ pair: 'media', sides: [desk.a, desk.b] }, `No record has a run ${iteration}. ${unseen}`],
      [{ dest: desk.b }, `Whether there was a run ${iteration} cannot be looked up. ${unseen}`],
    ];
    for (const [rest, what] of asked)
      await expect(asPlainUser(() => undo(desk, iteration, rest))).rejects.toMatchObject({
        code: 'SYNC_ITERATION_UNKNOWN',
        data: { what, next: expect.stringContaining('mounted') },
      });
    leaveRecord(desk);
    const both = { pair: 'media', sides: [desk.a, desk.b] };
    await expect(asPlainUser(() => undo(desk, iteration, both))).rejects.toMatchObject({
      data: {
        what: `Whether there was a run ${iteration} cannot be looked up. The log folder ${desk.logDir} cannot be used: permission was denied. ${unseen}`,
        next: expect.stringContaining('See whether both sides are mounted.'),
      },
    });
  } finally {
    chmodSync(desk.b, 0o755);
  }
});
