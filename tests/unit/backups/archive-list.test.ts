import { expect, it } from 'vitest';
import { listArchives } from '../../../electron/services/backups/overview/archive-list.ts';
import type { BackupCheck } from '../../../shared/schemas/backup-record.ts';
import { archivesOf, guestOf, hour, iso, manifestOf, recordOf } from '../../rig/backups/made-backups.ts';

const now = Date.parse('2026-11-21T12:00:00Z');
const guest = guestOf(100);

/** The states of one backup's archives, by where they are. */
function statesOf(more: Parameters<typeof recordOf>[2], found: Parameters<typeof archivesOf>[1] = {}) {
  const record = recordOf(guest, now - 10 * hour, more);
  const archives = archivesOf(record, found);
  const listed = listArchives(manifestOf(now - hour, { guests: [guest], archives }), [record]);
  return Object.fromEntries(listed.map(({ place, state }) => [place, state]));
}

const restoreTest = (outcome: BackupCheck['outcome'], hours: number): BackupCheck => ({
  at: iso(now - hours * hour),
  kind: 'restore-test',
  place: 'storage:nas',
  outcome,
  detail: '',
});

it('a restore test proves the archive that it was made of, and not its copies', () => {
  expect(statesOf({ checks: [restoreTest('passed', 2)] })).toEqual({
    'storage:nas': 'proven',
    'target:offsite': 'checked',
  });
});

it('the newest restore test counts, whatever came before', () => {
  const checks = [restoreTest('failed', 3), restoreTest('passed', 2), restoreTest('unavailable', 1)];
  expect(statesOf({ checks })['storage:nas']).toBe('proven');
  expect(statesOf({ checks: checks.slice(0, 1) })['storage:nas']).toBe('failed');
});

it('an export has its record in its own folder, and less than was made is wrong', () => {
  const sizeBytes = 1000;
  expect(statesOf({ method: 'export', sizeBytes }, { sizeBytes: 1200 })['storage:nas']).toBe('checked');
  expect(statesOf({ method: 'export', sizeBytes }, { sizeBytes: 900 })['storage:nas']).toBe('failed');
});

it('what was carried over from an earlier discovery is not seen now, whatever is known of it', () => {
  const seenAt = iso(now - 30 * hour);
  expect(statesOf({ checks: [restoreTest('passed', 2)] }, { seenAt })).toEqual({
    'storage:nas': 'unseen',
    'target:offsite': 'unseen',
  });
  expect(statesOf({ checks: [restoreTest('failed', 2)] }, { seenAt })['storage:nas']).toBe('failed');
});

it('an archive has the name of the guest in its own Proxmox cluster', () => {
  const other = guestOf(100, { pveCluster: 'other', node: 'tapia', name: 'mail' });
  const archives = archivesOf(recordOf(guest, now - 10 * hour)).filter(
    ({ place }) => place === 'target:offsite',
  );
  const listed = listArchives(manifestOf(now - hour, { guests: [guest, other], archives }), []);
  expect(listed).toMatchObject([{ guest: 'baobab/100', guestName: 'guest-100' }]);
});
