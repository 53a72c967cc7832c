import { plural, t } from '@lingui/core/macro';
import type { BackupOverview, Coverage } from '../../../shared/schemas/backup-overview.ts';
import { addressOf } from '../../app/address.ts';
import type { Finding } from './findings.ts';

const backups = addressOf({ page: 'backups' });

/** What keeps guests from being restored tonight: one line for those that are bad, one for those that nobody knows. */
export function backupFindings(overview: BackupOverview | undefined): Finding[] {
  if (overview === undefined) return [];
  const { rows } = overview;
  const of = (state: Coverage['state']) => rows.filter((row) => row.state === state);
  const [bad, unknown] = [of('bad'), of('unknown')];
  return [
    ...findingOf(
      bad,
      'danger',
      plural(bad.length, {
        one: 'The backups of # guest are bad.',
        other: 'The backups of # guests are bad.',
      }),
    ),
    ...findingOf(
      unknown,
      'warning',
      plural(unknown.length, {
        one: 'Nobody knows whether # guest could be restored.',
        other: 'Nobody knows whether # guests could be restored.',
      }),
    ),
  ];
}

function findingOf(rows: readonly Coverage[], severity: Finding['severity'], words: string): Finding[] {
  const [first] = rows;
  if (first === undefined) return [];
  const [reason] = first.reasons;
  const name = first.guest.name ?? `${first.guest.node}/${first.guest.vmid}`;
  return [
    {
      key: `backups:${severity}`,
      severity,
      what: { page: words, ...(reason && { service: `${name}: ${reason.what}` }) },
      next: reason ? { service: reason.next } : { page: t`Look at its backups.` },
      href:
        rows.length === 1
          ? addressOf({ page: 'backups-guest', guest: `${first.guest.node}/${first.guest.vmid}` })
          : backups,
      way: 'see',
    },
  ];
}

/** What is to be done some day soon: a first look at the nodes, guests with warnings, tests of restoring that are due. */
export function dueBackups(overview: BackupOverview | undefined): string[] {
  if (overview === undefined) return [];
  const { rows, policy, discoveredAt } = overview;
  const isUnseen = policy === 'there' && discoveredAt === undefined;
  const warnings = rows.filter(({ state }) => state === 'warning').length;
  const tests = rows.filter(({ reasons }) => reasons.some(({ code }) => code === 'RESTORE_TEST_DUE')).length;
  return [
    ...(isUnseen ? [t`There is a policy for backups, and nobody has asked the nodes what they have.`] : []),
    ...(warnings === 0
      ? []
      : [
          plural(warnings, {
            one: 'The backups of # guest have a warning.',
            other: 'The backups of # guests have a warning.',
          }),
        ]),
    ...(tests === 0
      ? []
      : [
          plural(tests, {
            one: '# guest is due for a restore test.',
            other: '# guests are due for a restore test.',
          }),
        ]),
  ];
}
