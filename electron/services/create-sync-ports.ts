import { hostname } from 'node:os';
import { Problem } from '../../shared/problem.ts';
import type { Clock } from './clock.ts';
import { chooseLock } from './sync/lock/choose-lock.ts';
import type { SyncRunPorts } from './sync/runs/run-ports.ts';
import { openAuditStore } from './sync/store/open-audit-store.ts';

/**
 * What syncs need of this machine: a lock that fits where it runs, and the database that `dsn` names, or else a file in
 * the log folder. A problem in its place says why it is not known, to whatever would open it. Nothing is connected to before it is
 * used. INPUT_INVALID, SYNC_LOCK_UNAVAILABLE.
 */
export function createSyncPorts({
  environment,
  dsn,
  clock,
}: {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly dsn?: string | Problem | undefined;
  readonly clock: Clock;
}): SyncRunPorts {
  return {
    clock,
    takeLock: chooseLock({ environment }),
    openStore(logDir, options) {
      if (dsn instanceof Problem) throw dsn;
      return openAuditStore({ ...options, logDir, clock, ...(dsn === undefined ? {} : { dsn }) });
    },
    hasDatabase: dsn instanceof Problem || (dsn ?? '').trim() !== '',
    // In a pod it is the pod's name.
    hostName: environment['HOSTNAME'] || hostname(),
  };
}
