import { Problem, type ProblemRecord } from '../../../../shared/problem.ts';
import type { Archive, BackupStorage, Guest, Manifest } from '../../../../shared/schemas/backup-manifest.ts';
import { placeSchema } from '../../../../shared/schemas/backup-names.ts';
import type { ZonedTime } from '../../../../shared/zoned-time.ts';
import { formatQuantity } from '../../../../shared/quantities.ts';
import { archiveOwners } from '../archives/archive-owner.ts';
import type { AnswerPart } from './answer-parts.ts';
import { partLimits } from './discover-script.ts';
import type { AnsweredNode } from './seen-guests.ts';
import { archivesInContent, archivesInFolder, type FoundArchive } from './storage-archives.ts';

/** What a node's storages hold, and which places nobody could look at. */
export interface SeenArchives {
  readonly archives: readonly Archive[];
  /**
   * Places that were listed as a whole, by the Proxmox clusters whose nodes did: storages of two clusters may have one name
   * and hold different things.
   */
  readonly listed: ReadonlyMap<string, ReadonlySet<string>>;
  /** Every storage by its node, with its problem where its archives could not be listed. */
  readonly storages: ReadonlyMap<string, readonly BackupStorage[]>;
}

export function placeOf(storage: Pick<BackupStorage, 'storage' | 'shared'>, node: string): string {
  return storage.shared ? `storage:${storage.storage}` : `storage:${node}/${storage.storage}`;
}

/** `guests`: whose archives these are, and which of them are being backed up right now. */
export function seenArchives(
  answered: readonly AnsweredNode[],
  guests: readonly Guest[],
  zone: ZonedTime,
): SeenArchives {
  const busy = new Set(guests.filter(({ lock }) => lock === 'backup').map(({ vmid }) => vmid));
  const owners = ownersOf(guests);
  const { isContested } = archiveOwners(guests);
  const archives = new Map<string, Archive>();
  const listed = new Map<string, Set<string>>();
  const storages = new Map<string, BackupStorage[]>();
  const lists = new Map<string, ReturnType<typeof archivesInContent>>();
  for (const { node, pveCluster, facts } of answered) {
    const looked: BackupStorage[] = [];
    for (const storage of facts.storages ?? []) {
      if (!storage.backups) {
        looked.push(storage);
        continue;
      }
      const place = placeOf(storage, node);
      const listing = { storage: storage.storage, nodeTime: facts.time, zone };
      const folder = facts.folders.get(storage.storage);
      const content = contentOf(facts.contents.get(storage.storage), folder, node, storage, (text) => {
        // Every node of a cluster says the same of what they share.
        const key = `${storage.storage}\n${text}`;
        const list = lists.get(key) ?? archivesInContent(text, listing);
        lists.set(key, list);
        return list;
      });
      if (content.problem === undefined) listed.set(place, (listed.get(place) ?? new Set()).add(pveCluster));
      looked.push(content.problem === undefined ? storage : { ...storage, problem: content.problem });
      const leftOver = folder?.kind === 'said' ? archivesInFolder(folder.text, listing, busy) : [];
      for (const found of [...content.found, ...leftOver]) {
        const id = `${place}#${found.name}`;
        if (archives.has(id)) continue;
        const owner = ownerOf(owners, found, pveCluster);
        const cluster = isContested({ place, ...found }) ? {} : { pveCluster: owner };
        archives.set(id, { id, place, ...found, node, ...cluster });
      }
    }
    storages.set(node, looked);
  }
  return { archives: [...archives.values()], listed, storages };
}

/**
 * Archives of the manifest before at places that could not be looked at: they are not gone. A place that nobody has any
 * more is gone with what was there.
 */
export function unseenArchives(
  before: Manifest | undefined,
  isUnheard: (archive: Archive) => boolean,
): Archive[] {
  return (before?.archives ?? [])
    .filter(isUnheard)
    .map((archive) => Object.assign(structuredClone(archive), { seenAt: archive.seenAt ?? before?.at }));
}

/** What a storage's list has; with a problem it is not all that is there. */
function contentOf(
  part: AnswerPart | undefined,
  folder: AnswerPart | undefined,
  node: string,
  storage: BackupStorage,
  read: (text: string) => ReturnType<typeof archivesInContent>,
): { readonly found: readonly FoundArchive[]; readonly problem?: ProblemRecord } {
  const unusable = (why: string, found: readonly FoundArchive[] = []) => ({
    found,
    problem: unlisted(node, storage.storage, why),
  });
  if (!placeSchema.safeParse(placeOf(storage, node)).success) return unusable('its name is none');
  if (!storage.active) return unusable('it is not active');
  if (part === undefined)
    return unusable('storage.cfg does not have it for backups here, so it was not asked');
  if (part.kind === 'late') return unusable('it did not answer in time');
  if (part.kind === 'failed')
    return unusable(part.why === '' ? `pvesh ended with ${part.code}` : `"${part.why}"`);
  if (part.bytes > partLimits.content) return unusable('its list is longer than is taken');
  const list = read(part.text);
  if (list === undefined) return unusable('what pvesh said is no list');
  if (list.unread > 0) return unusable(`${formatQuantity(list.unread, 'row')} could not be read`, list.rows);
  // Exports are only seen there.
  if (folder !== undefined && (folder.kind !== 'said' || folder.bytes > partLimits.content))
    return unusable('its dump folder could not be listed', list.rows);
  return { found: list.rows };
}

function unlisted(node: string, storage: string, why: string): ProblemRecord {
  return new Problem('STORAGE_UNUSABLE', {
    what: `The archives of ${storage} could not all be listed on ${node}: ${why}.`,
    state: 'What else is there is not known; what the manifest before has of it is kept in this one.',
    next: `Look at it on ${node}: pvesm status --storage ${storage}`,
  }).toRecord();
}

/** Which Proxmox clusters have a guest of a type and id: a NAS may hold archives of several. */
function ownersOf(guests: readonly Guest[]): Map<string, Set<string>> {
  const owners = new Map<string, Set<string>>();
  for (const { type, vmid, pveCluster } of guests) {
    const key = `${type}/${vmid}`;
    owners.set(key, (owners.get(key) ?? new Set()).add(pveCluster));
  }
  return owners;
}

/** The only cluster that has such a guest, else that of the node that was asked, which alone has the place. */
function ownerOf(
  owners: ReadonlyMap<string, ReadonlySet<string>>,
  { type, vmid }: FoundArchive,
  asked: string,
): string {
  const having = owners.get(`${type}/${vmid}`);
  const [only, ...others] = having ?? [];
  return only === undefined || others.length > 0 || having?.has(asked) === true ? asked : only;
}
