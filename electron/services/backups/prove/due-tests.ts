import { ruleFor } from '../../../../shared/backup-rules.ts';
import type { Guest } from '../../../../shared/schemas/backup-manifest.ts';
import type { BackupPolicy } from '../../../../shared/schemas/backup-policy.ts';
import { archiveOwners } from '../archives/archive-owner.ts';
import type { KnownArchives } from '../archives/known-archives.ts';
import { archivesOf } from './choose-test.ts';

const dayMilliseconds = 86_400_000;

/**
 * Guests whose rule wants a restore test (`restoreTest.everyDays`) and whose last one, passed or failed, is longer ago; those
 * that wait longest first, as in `baobab/100`. Only guests that have an archive. Pure.
 */
export function dueTests(policy: BackupPolicy, known: KnownArchives, now: Date): string[] {
  if (policy.restoreTests === undefined) return [];
  return (known.manifest?.guests ?? [])
    .flatMap((guest) => {
      const days = ruleFor(policy, guest)?.restoreTest?.everyDays;
      if (days === undefined || archivesOf(known, guest).length === 0) return [];
      const last = lastTestOf(known, guest, now);
      const isDue = last === undefined || now.getTime() - last >= days * dayMilliseconds;
      return isDue ? [{ address: `${guest.node}/${guest.vmid}`, last: last ?? 0 }] : [];
    })
    .toSorted((a, b) => a.last - b.last || (a.address < b.address ? -1 : 1))
    .map(({ address }) => address);
}

/** In milliseconds since 1970. One of the future was made before somebody set the clock: it says nothing. */
function lastTestOf(
  { manifest, records }: KnownArchives,
  { pveCluster, type, vmid }: Guest,
  now: Date,
): number | undefined {
  const { isGuess } = archiveOwners(manifest?.guests ?? []);
  const times = records
    .filter((record) => !isGuess(record))
    .filter(({ guest }) => guest.pveCluster === pveCluster && guest.type === type && guest.vmid === vmid)
    .flatMap(({ checks }) => checks)
    .filter(({ kind, outcome }) => kind === 'restore-test' && outcome !== 'unavailable')
    .map(({ at }) => Date.parse(at))
    .filter((at) => at <= now.getTime());
  return times.length === 0 ? undefined : Math.max(...times);
}
