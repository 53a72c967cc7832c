import type { Coverage, CoverageReason } from '../../../../shared/schemas/backup-overview.ts';
import type { BackupCheck } from '../../../../shared/schemas/backup-record.ts';
import { hasDigest } from './archive-reasons.ts';
import type { StoredBackup } from './guest-backups.ts';
import { failedChecks, type GuestCase } from './guest-case.ts';
import { reason } from './reason.ts';

const dayMs = 86_400_000;

/** The restore test that the policy wants, and the one that failed. */
export function proofReasons(one: GuestCase): CoverageReason[] {
  const { rule, now, address, when } = one;
  const newest = newestRestoreTest(one);
  const next = `sifaka backups restore-test ${address}`;
  if (newest?.outcome === 'failed')
    return [
      reason('RESTORE_TEST_FAILED', `The restore test of ${when(newest.at)} failed: ${newest.detail}`, next),
    ];
  const days = rule?.restoreTest?.everyDays;
  if (days === undefined) return [];
  if (newest === undefined)
    return [
      reason(
        'RESTORE_TEST_DUE',
        `It was never restored as a test; the rule wants it every ${days} days.`,
        next,
      ),
    ];
  if (Date.parse(newest.at) <= now && now - Date.parse(newest.at) <= days * dayMs) return [];
  return [
    reason(
      'RESTORE_TEST_DUE',
      `It was last restored as a test ${when(newest.at)}; the rule wants it every ${days} days.`,
      next,
    ),
  ];
}

/** Of any of its backups. A test whose tools were missing proves nothing, and does not count. */
export function newestRestoreTest({ stored }: Pick<GuestCase, 'stored'>): BackupCheck | undefined {
  let newest: BackupCheck | undefined;
  for (const { checks } of stored.records)
    for (const check of checks) {
      if (check.kind !== 'restore-test' || check.outcome === 'unavailable') continue;
      if (newest === undefined || Date.parse(newest.at) < Date.parse(check.at)) newest = check;
    }
  return newest;
}

/** What is known of the newest backup's bytes, and since when. */
export function checksumView(backup: StoredBackup | undefined): Pick<Coverage, 'checksum' | 'checkedAt'> {
  if (backup === undefined) return { checksum: 'never' };
  if (failedChecks(backup).some(({ kind }) => kind === 'checksum')) return { checksum: 'failed' };
  const passed = (backup.record?.checks ?? [])
    .filter(({ kind, outcome }) => kind === 'checksum' && outcome === 'passed')
    .map(({ at }) => at)
    .toSorted()
    .at(-1);
  if (passed !== undefined) return { checksum: 'passed', checkedAt: passed };
  return hasDigest(backup) ? { checksum: 'known' } : { checksum: 'never' };
}
