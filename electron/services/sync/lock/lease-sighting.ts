import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readPlainFile } from '../../durable/read-plain-file.ts';
import { renameOver } from '../../durable/give-name.ts';
import { writeNewFile } from '../../durable/write-file.ts';
import { holderOf, type Lease } from './lease-record.ts';
import { lockUnavailable } from './lock-problems.ts';

/** Larger is none of ours. */
const mostBytes = 64 * 1024;

/**
 * Whether a lease that somebody holds has run out.
 *
 * The `renewTime` in it says when its holder renewed it by the holder's clock, which nobody can judge; so client-go goes by
 * how long it has itself seen the record unchanged. It runs for days and can wait. Here each run is a process of its own
 * that looks once and answers, so what was seen is written down in the log folder, and the runs that come later go on
 * from there: a record that is still the same after its whole duration is of a holder that is gone, since a living one
 * renews it three times in that time.
 *
 * The runs may be on different nodes, whose clocks differ. So the time between two looks is taken twice: from the clock of
 * whoever looked, and from the `Date` of the API server's answers, the one clock that all of them see. The shorter of the
 * two counts, and where either went backwards the waiting begins anew. A wrong clock can so lengthen the wait, and not
 * shorten it unless both are wrong in the same way; and then the holder's own deadline, which is earlier, stands before it.
 */
const sightingSchema = z.object({
  uid: z.string(),
  resourceVersion: z.string(),
  holder: z.string(),
  /** When exactly this was seen first; milliseconds since 1970, by the two clocks. */
  firstSeen: z.object({ here: z.number(), server: z.number() }),
});
type Sighting = z.infer<typeof sightingSchema>;

/** `Date` has whole seconds: of two of them the difference may be almost one too much. */
const dateResolution = 1000;

export interface Look {
  readonly lease: Lease;
  /** Milliseconds since 1970, by this computer and by the server. */
  readonly here: number;
  readonly server: number | undefined;
}

/** How long the record has certainly been as it is, in milliseconds, and what to remember of it. Pure. */
export function unchangedFor(
  earlier: Sighting | undefined,
  { lease, here, server }: Look,
): { readonly milliseconds: number; readonly sighting: Sighting | undefined } {
  const holder = holderOf(lease);
  // Without the server's clock nothing can be said.
  if (holder === undefined || server === undefined) return { milliseconds: 0, sighting: undefined };
  const { uid, resourceVersion } = lease.metadata;
  const isSame =
    earlier?.uid === uid && earlier.resourceVersion === resourceVersion && earlier.holder === holder;
  if (isSame) {
    const passed = Math.min(
      here - earlier.firstSeen.here,
      server - earlier.firstSeen.server - dateResolution,
    );
    if (passed > -2 * dateResolution) return { milliseconds: Math.max(0, passed), sighting: earlier };
  }
  return { milliseconds: 0, sighting: { uid, resourceVersion, holder, firstSeen: { here, server } } };
}

/** Reads what was seen before and writes down what is seen now. SYNC_LOCK_UNAVAILABLE when the folder takes nothing. */
export async function noteLease(logDir: string, pair: string, look: Look): Promise<number> {
  const file = sightingFile(logDir, pair);
  const earlier = await readSighting(file);
  const { milliseconds, sighting } = unchangedFor(earlier, look);
  if (sighting !== undefined && sighting !== earlier) await writeSighting(file, sighting);
  return milliseconds;
}

/** Once the lease is held there is nothing to wait for; what stays would be of a record that does not come back. */
export async function forgetLease(logDir: string, pair: string): Promise<void> {
  await rm(sightingFile(logDir, pair), { force: true }).catch(() => undefined);
}

function sightingFile(logDir: string, pair: string): string {
  return join(logDir, `lease-${pair}.json`);
}

async function readSighting(file: string): Promise<Sighting | undefined> {
  try {
    return sightingSchema.parse(JSON.parse((await readPlainFile(file, { mostBytes })) ?? ''));
  } catch {
    // Missing, or not ours: the waiting begins now.
    return undefined;
  }
}

async function writeSighting(file: string, sighting: Sighting): Promise<void> {
  const temporary = `${file}.${randomUUID()}.new`;
  try {
    await writeNewFile(temporary, `${JSON.stringify(sighting)}\n`, 0o644);
    await renameOver(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw lockUnavailable(
      {
        what: `Another run has the lock, and ${file}, which tells later runs since when, cannot be written.`,
        next: 'Make sure that the log folder is there, has room, and that this user may write in it.',
      },
      error,
    );
  }
}
