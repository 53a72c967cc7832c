import type { Problem } from '../../shared/problem.ts';
import { type CommandPair, createSyncCommand, type SyncCommand } from '../router/sync-command.ts';
import { systemClock } from '../services/clock.ts';
import { createSyncPorts } from '../services/create-sync-ports.ts';
import type { Services } from '../services/services.ts';

export type { CommandPair, SyncCommand, SyncRunEvent } from '../router/sync-command.ts';

/**
 * The door for syncs of any two folders: opened by the command line only. `dsn` names the database, if there is one; a problem in
 * its place says why it is not known, to whatever would open it.
 */
export function openSyncCommand(options: {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly dsn: string | Problem | undefined;
}): SyncCommand {
  return createSyncCommand(createSyncPorts({ ...options, clock: systemClock }));
}

/** What the lab says of a pair that the command line named alone, for that door. */
export function readCommandPair({ sync }: Pick<Services, 'sync'>, pair: string): Promise<CommandPair> {
  return sync.commandPair(pair);
}

/** The address of its database, for that door: it has the password, so no contract has it. */
export function readCommandDatabase(
  { sync }: Pick<Services, 'sync'>,
  pair: string,
): Promise<string | undefined> {
  return sync.commandDatabase(pair);
}
