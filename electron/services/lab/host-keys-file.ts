import type { HostKeysFile } from '../../../shared/schemas/host-keys.ts';
import type { Clock } from '../clock.ts';
import { fileLimit } from './cluster-files.ts';
import type { ConfinedFolder } from './confined-folder.ts';
import { writeRecorded } from './edit-lab-file.ts';
import { hostKeysFile, type ParsedLabFile, parseHostKeys } from './known-files.ts';
import type { HostKeysChange } from './lab-folder.ts';

/** `undefined` when there is no file. */
export async function readHostKeys(folder: ConfinedFolder): Promise<ParsedLabFile<HostKeysFile> | undefined> {
  if (!(await folder.exists(hostKeysFile))) return undefined;
  return parseHostKeys(hostKeysFile, await folder.readBytes(hostKeysFile, fileLimit));
}

/** Only under the lab's lock. The result is parsed as a whole before anything is written. */
export async function changeHostKeys(
  folder: ConfinedFolder,
  clock: Clock,
  decide: (now: HostKeysFile | undefined) => HostKeysChange | undefined,
): Promise<void> {
  const now = await readHostKeys(folder);
  const change = decide(now?.value);
  if (change === undefined) return;
  const { host, entry } = change;
  const text = now
    ? now.document.withValue(['hosts', host], { ...ownEntry(now.value, host), ...entry })
    : `${JSON.stringify({ schema: 'sifaka.host-keys/1', hosts: { [host]: entry } }, null, 2)}\n`;
  const bytes = Buffer.from(text);
  parseHostKeys(hostKeysFile, bytes);
  await writeRecorded(folder, clock, { file: hostKeysFile, bytes, record: change.record });
}

function ownEntry({ hosts }: HostKeysFile, host: string): object {
  return Object.hasOwn(hosts, host) ? (hosts[host] ?? {}) : {};
}
