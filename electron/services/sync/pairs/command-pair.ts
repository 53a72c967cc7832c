import type { SyncRequest } from '../../../../shared/schemas/sync-request.ts';
import { directionsOf } from '../../../../shared/sync-directions.ts';
import type { SyncServiceParts } from '../parts.ts';
import { databaseAddress } from './database.ts';
import { labDirection, labPair } from './lab-pairs.ts';

/** What the lab says of a pair, for the command line: it runs in this process, and no window is told of it. */
export interface CommandPair {
  /** Both directions as runs take them, that from its first side first. */
  readonly requests: readonly SyncRequest[];
  readonly logFolder: string;
  readonly lockTtlSeconds: number;
}

/** SYNC_PAIR_UNKNOWN, LAB_FILE_INVALID. */
export async function commandPair(parts: SyncServiceParts, name: string): Promise<CommandPair> {
  const { pair, logFolder } = await labPair(parts, name);
  const requests: SyncRequest[] = [];
  for (const { name: direction } of directionsOf(pair))
    requests.push((await labDirection(parts, { pair: name, direction, dryRun: false })).request);
  return { requests, logFolder, lockTtlSeconds: pair.lockTtlSeconds };
}

/**
 * The address of the database that the records of the lab's pairs are kept in, with its password; `undefined` where they are kept
 * in the log folder. Asked for by itself, since a locked identity must not keep anybody from what needs no record.
 * SYNC_PAIR_UNKNOWN, LAB_FILE_INVALID, SECRET_…, IDENTITY_…
 */
export async function commandDatabase(parts: SyncServiceParts, name: string): Promise<string | undefined> {
  return databaseAddress(parts, (await labPair(parts, name)).file);
}
