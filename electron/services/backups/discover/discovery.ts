import { formatQuantity } from '../../../../shared/quantities.ts';
import type { Discovery, Manifest } from '../../../../shared/schemas/backup-manifest.ts';
import type { BackupParts } from '../parts.ts';
import { lookAround, type Seen, seenBeside } from './look-at-all.ts';
import { changesInWords, changesSince } from './manifest-changes.ts';
import { createManifestReader, manifestBefore, manifestBytes, manifestFileOf } from './manifest-file.ts';

export interface BackupDiscovery {
  /** Asks every node and target, and writes the manifest. A node that does not answer is a gap in it. */
  discover(signal: AbortSignal): Promise<Discovery>;
  /** The newest one of the lab; `undefined` before the first discovery. LAB_FILE_INVALID. */
  newestManifest(): Promise<Manifest | undefined>;
}

export function createBackupDiscovery(parts: BackupParts): BackupDiscovery {
  const { lab, clock } = parts;
  const newest = createManifestReader();
  return {
    newestManifest: () => newest(lab, clock.now()),
    async discover(signal) {
      const looked = await lookAround(parts, signal);
      const at = clock.now();
      const file = manifestFileOf(at.toISOString());
      let manifest: Manifest | undefined;
      await lab.changeFile(async (reader) => {
        // Under the lock: another discovery may have ended meanwhile.
        const before = await manifestBefore(reader, at, newest);
        const seen = seenBeside(looked, before);
        const changes = changesSince(before, seen);
        manifest = { schema: 'sifaka.backup-manifest/1', at: at.toISOString(), ...seen, changes };
        const words = changesInWords(before, seen, changes);
        const record = words && {
          project: 'backups',
          summary: `Discovered ${formatQuantity(manifest.guests.length, 'guest')} on ${formatQuantity(manifest.nodes.length, 'node')}`,
          details: [...words],
          affectedResources: [file],
        };
        return { file, bytes: manifestBytes(manifest), record };
      });
      if (manifest === undefined) throw new Error('a discovery has a manifest');
      return { file, manifest };
    },
  };
}

/** Everything as it is now, without writing it; what cannot be looked at is as the newest manifest has it, with `seenAt`. */
export async function lookAtAll(parts: BackupParts, signal: AbortSignal): Promise<Seen> {
  const looked = await lookAround(parts, signal);
  return seenBeside(looked, await manifestBefore(parts.lab, parts.clock.now()));
}
