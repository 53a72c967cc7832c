import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { gcRecords } from '../../../electron/services/sync/runs/gc-run.ts';
import { readStatus } from '../../../electron/services/sync/runs/status.ts';
import { put, synced, SyncDesk } from './sync-desk.ts';

/** 2^62: within SQLite's numbers and beyond those of JavaScript. One flipped bit makes it. */
const tooLarge = '4611686018427387904';

const isRead = {
  recorded: 'kept',
  notes: expect.arrayContaining([expect.stringContaining('it is damaged')]),
};
/** Where nothing of the new run is near it. */
const isNotRead = { recorded: 'stored', notes: [] };

test.each([
  ['the id of a run', `UPDATE sync_iterations SET id = ${tooLarge}`, isRead],
  ['the time of a run', `UPDATE sync_iterations SET started_at = ${tooLarge}`, isNotRead],
  ['the version of the tables', `INSERT INTO sync_schema VALUES (${tooLarge}, '')`, isRead],
])('a number in the records that is damaged, %s, concerns the records alone', async (_which, spoil, said) => {
  using desk = await new SyncDesk().init();
  put(desk.a, 'file', 'one');
  await desk.run();
  const file = join(desk.logDir, 'sync-audit.sqlite');
  const database = new DatabaseSync(file, { enableForeignKeyConstraints: false });
  database.exec(spoil);
  database.close();
  const { logDir, notes: before } = desk;
  expect(before).toEqual([]);
  const what = `The records in ${file} cannot be read or written: it is damaged.`;
  expect(await readStatus({ logDir }, desk.ports())).toMatchObject({ directions: [], gaps: [what] });
  await expect(gcRecords({ logDir, retainDays: 0 }, desk.ports())).rejects.toMatchObject({
    code: 'SYNC_STORE_UNAVAILABLE',
    data: { what },
  });
  put(desk.a, 'other', 'two');
  const { report } = await desk.run();
  expect({ recorded: report.recorded, notes: desk.notes }).toEqual(said);
  expect(synced(desk.b)).toEqual(['file', 'other']);
  expect(report.iteration.status).toBe('success');
});
