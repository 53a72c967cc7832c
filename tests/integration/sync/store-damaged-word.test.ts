import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openLogFolder } from '../../../electron/services/sync/runs/log-folder.ts';
import { createOpslog } from '../../../electron/services/sync/runs/opslog-writer.ts';
import { makeIteration, makeOperations } from '../../rig/sync-records.ts';
import { put, synced, SyncDesk } from './sync-desk.ts';

test('a damaged word among the rows of a killed run keeps its records waiting, and no run from its end', async () => {
  using desk = await new SyncDesk().init();
  const { logDir, pair } = desk;
  await openLogFolder(logDir);
  const killed = makeIteration({ sync_pair: pair, status: 'running', ended_at: null });
  const operations = makeOperations(killed, 3);
  const opslog = await createOpslog({ logDir, iteration: killed });
  await opslog.append(operations);
  await opslog.close();
  // A flush that was cut off: it had brought the rows, and not yet said how the run had ended.
  const store = desk.ports().openStore(logDir);
  await store.saveOperations(killed, operations);
  await store.close();
  spoil(join(logDir, 'sync-audit.sqlite'), "operation = 'creaue'", operations[1]?.operation_uid ?? '');
  put(desk.a, 'file', 'one');
  const { report } = await desk.run();
  expect([report.iteration.status, report.recorded, synced(desk.b)]).toEqual(['success', 'stored', ['file']]);
  expect(desk.notes).toEqual([
    `The records of 1 earlier run wait in ${logDir}: The audit database has a row of sync_iterations or sync_operations that makes no sense.`,
  ]);
  expect(desk.waiting()).toHaveLength(2);
  spoil(join(logDir, 'sync-audit.sqlite'), "operation = 'create'", operations[1]?.operation_uid ?? '');
  await desk.run();
  expect(desk.waiting()).toEqual([]);
  const { iterations } = await desk.rows();
  const ended = iterations.find(({ iteration_uid: uid }) => uid === killed.iteration_uid);
  expect(ended).toMatchObject({ status: 'failed', files_created: 3 });
});

/** Past the table's own check, as a flipped bit is. */
function spoil(file: string, set: string, uid: string): void {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA ignore_check_constraints = ON');
  database.prepare(`UPDATE sync_operations SET ${set} WHERE operation_uid = ?`).run(uid);
  database.close();
}
