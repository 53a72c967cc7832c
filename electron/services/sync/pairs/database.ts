import type { SyncPairsFile } from '../../../../shared/schemas/sync-pairs.ts';
import type { SyncServiceParts } from '../parts.ts';

const longestAddress = 4096;

/**
 * The address of the database that the runs of the lab's pairs are kept in, with its password: what the lab has sealed, else
 * HA_SYNC_DB_DSN. `undefined`: they are kept in the log folder. SECRET_UNKNOWN, SECRET_UNREADABLE, IDENTITY_MISSING,
 * IDENTITY_LOCKED.
 */
export async function databaseAddress(
  { secrets, environment }: Pick<SyncServiceParts, 'secrets' | 'environment'>,
  { databaseSecret }: Pick<SyncPairsFile, 'databaseSecret'>,
): Promise<string | undefined> {
  if (databaseSecret === undefined) {
    const address = environment['HA_SYNC_DB_DSN'];
    return address === '' ? undefined : address;
  }
  const sealed = await secrets.open(databaseSecret);
  try {
    // A line end is what an editor or `echo` adds.
    return Buffer.from(sealed.subarray(0, longestAddress)).toString('utf8').trimEnd();
  } finally {
    sealed.fill(0);
  }
}
