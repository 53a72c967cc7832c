import { formatBytes } from '../../../../shared/quantities.ts';
import type { PlannedGuest } from '../../../../shared/schemas/backup-plans.ts';
import type { FoundGuest } from './plan-facts.ts';

/** What happens to the guest meanwhile, and what is left out: in words. */
export function guestWarnings({ facts, row, alsoAs }: FoundGuest, planned: PlannedGuest): string[] {
  const isRunning = row.status === 'running';
  const excluded = facts.configs.get(row.vmid)?.excluded ?? [];
  const storage = facts.storages.find((one) => one.storage === planned.storage);
  const { estimateBytes } = planned;
  return [
    ...(alsoAs === undefined
      ? []
      : [
          `${facts.node} and ${alsoAs} are one node, which the cluster file has twice: take one of them out.`,
        ]),
    ...(planned.mode === 'stop' && isRunning
      ? ['It is shut down for this and started again: nobody can use it meanwhile.']
      : []),
    ...(planned.mode === 'suspend' && isRunning ? ['It stands still while it is backed up.'] : []),
    ...(row.template === true ? ['It is a template: it does not run, and is taken as it lies.'] : []),
    ...(excluded.length > 0 ? [`Left out, as its configuration says: ${excluded.join(', ')}.`] : []),
    ...(planned.method === 'export'
      ? ['While it is exported its disks lie on the storage unpacked, beside the archive.']
      : []),
    ...(planned.pruneBackups === ''
      ? []
      : [`Once it is made vzdump removes older ones by itself (${planned.pruneBackups}).`]),
    ...(storage?.avail !== undefined && estimateBytes !== undefined && storage.avail < estimateBytes
      ? [
          `It may need ${formatBytes(estimateBytes)}, and ${storage.storage} has ${formatBytes(storage.avail)} left.`,
        ]
      : []),
  ];
}
