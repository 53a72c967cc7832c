import type { VerifyRequest } from '../../../../shared/schemas/backup-plans.ts';
import { archiveById, type KnownArchive, type KnownArchives } from '../archives/known-archives.ts';

const dayMilliseconds = 86_400_000;

/**
 * Archives to verify, the newest first: those named; those of guests; those that nobody has read for so many days; without
 * any of these, those that nobody has ever read where they are. ARCHIVE_UNKNOWN.
 */
export function chooseArchives(known: KnownArchives, request: VerifyRequest, now: Date): KnownArchive[] {
  if (request.archives !== undefined)
    return [...new Set(request.archives)].map((id) => archiveById(known, id));
  const isWanted = wantedGuests(known, request.guests);
  const days = request.olderThanDays ?? (request.guests === undefined ? Number.POSITIVE_INFINITY : 0);
  return (
    [...known.archives.values()]
      // What a Proxmox Backup Server keeps is verified by that server.
      .filter(({ archive }) => !archive.format.startsWith('pbs-'))
      .filter(({ archive }) => !archive.partial && isWanted(archive.type, archive.vmid, archive.pveCluster))
      .filter((one) => {
        const read = lastReadAt(one);
        // One that was read in the future says nothing of now.
        return read === undefined || read > now.getTime() || now.getTime() - read >= days * dayMilliseconds;
      })
      .toSorted((a, b) => b.archive.ctime - a.archive.ctime || (a.archive.id < b.archive.id ? -1 : 1))
  );
}

/** When every byte of it was read where it is, in milliseconds since 1970. */
export function lastReadAt({ archive, record }: KnownArchive): number | undefined {
  const times = (record?.checks ?? [])
    .filter(
      ({ kind, place, outcome }) =>
        place === archive.place && kind !== 'restore-test' && outcome !== 'unavailable',
    )
    .map(({ at }) => Date.parse(at));
  return times.length === 0 ? undefined : Math.max(...times);
}

/** A guest is where the manifest has it, or where it was when it was backed up. */
function wantedGuests(
  { manifest, records }: KnownArchives,
  addresses: readonly string[] | undefined,
): (type: string | undefined, vmid: number | undefined, pveCluster: string | undefined) => boolean {
  if (addresses === undefined) return () => true;
  const wanted = new Set(addresses);
  const guests = [...(manifest?.guests ?? []), ...records.map(({ guest }) => guest)].filter(
    ({ node, vmid }) => wanted.has(`${node}/${vmid}`),
  );
  return (type, vmid, pveCluster) =>
    guests.some(
      (guest) =>
        guest.type === type &&
        guest.vmid === vmid &&
        (pveCluster === undefined || guest.pveCluster === pveCluster),
    );
}
