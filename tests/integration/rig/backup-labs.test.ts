import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { readNewestManifest } from '../../../electron/services/backups/discover/manifest-file.ts';
import { createBackupViews } from '../../../electron/services/backups/overview/overview.ts';
import { createBackupRecords } from '../../../electron/services/backups/records/backup-records.ts';
import { systemClock } from '../../../electron/services/clock.ts';
import { openLabFolder } from '../../../electron/services/lab/open-lab-folder.ts';
import type { BackupOverview } from '../../../shared/schemas/backup-overview.ts';
import { backupsLab } from '../../e2e/backup-labs.ts';

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'sifaka-backup-labs-'));
  cpSync(join(import.meta.dirname, '../../../resources/demo-lab'), root, { recursive: true });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
afterEach(() => {
  vi.useRealTimers();
});

/** What the window shows of the lab when it is made and looked at then. */
async function overviewAt(now: number): Promise<BackupOverview> {
  vi.useFakeTimers({ toFake: ['Date'], now });
  await backupsLab(root);
  const lab = await openLabFolder({ root, clock: systemClock });
  const newestManifest = () => readNewestManifest(lab, systemClock.now());
  const records = createBackupRecords({ lab });
  return createBackupViews({ lab, clock: systemClock, records }, { newestManifest }).overview();
}

/** By guest: its state, and why. */
const states = {
  104: 'bad LATE ARCHIVE_PARTIAL',
  106: 'bad ARCHIVE_SIZE_DIFFERS',
  108: 'bad LATE DISKS_EXCLUDED LAST_RUN_FAILED',
  105: 'bad NOT_IN_POLICY NEVER_BACKED_UP',
  109: 'unknown NODE_SILENT',
  107: 'warning COPY_FAILED',
  110: 'warning PRUNE_FAILED RESTORE_TEST_DUE',
  100: 'good',
  101: 'good',
  102: 'good',
  103: 'excluded',
};

/** The first and the last of each half hour of the day on which the clocks of the lab’s policy are put forward. */
const moments = Array.from({ length: 48 }, (_, half) => Date.UTC(2027, 2, 28) + half * 1_800_000).flatMap(
  (at) => [at, at + 1_799_999],
);

test('the lab of the screens is the same at all hours', async () => {
  for (const now of moments) {
    const { at, rows, forecasts } = await overviewAt(now);
    const seen = rows.map(({ guest, state, reasons }) => [
      guest.vmid,
      [state, ...reasons.map(({ code }) => code)].join(' '),
    ]);
    expect(Object.fromEntries(seen), at).toEqual(states);
    // What the tests of its screens look for: ten days ago was a day without a backup, and there is a place that fills up.
    expect([rows[0]?.days.at(-11)?.state, rows[1]?.days.at(-11)?.state], at).toEqual(['missing', 'good']);
    expect(forecasts.find(({ place }) => place === 'storage:nas')?.fullAt, at).toBeDefined();
  }
});
