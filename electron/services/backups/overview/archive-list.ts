import { hasMadeSize } from '../records/has-made-size.ts';
import { isPruned } from '../records/is-pruned.ts';
import type { ListedArchive } from '../../../../shared/schemas/backup-overview.ts';
import type { Archive, Guest, Manifest } from '../../../../shared/schemas/backup-manifest.ts';
import type { BackupRecord } from '../../../../shared/schemas/backup-record.ts';
import { archiveOwners } from '../archives/archive-owner.ts';
import { keyText } from './guest-backups.ts';
import { failedChecks } from './guest-case.ts';
import { archiveIdOf, seenPlaces } from './seen-places.ts';

/** Every archive at every place, the newest first: what the discovery saw, and what the records say should be there. */
export function listArchives(
  manifest: Manifest | undefined,
  records: readonly BackupRecord[],
): ListedArchive[] {
  const seen = seenPlaces(manifest);
  const manifestAt = manifest === undefined ? 0 : Date.parse(manifest.at);
  const expected = expectedArchives(records);
  const guestOf = guestsOfArchives(manifest);
  const { isGuess } = archiveOwners(manifest?.guests ?? []);
  const listed = (manifest?.archives ?? []).map((archive): ListedArchive => {
    const record = expected.get(archive.id)?.record;
    const guest = guestOf(archive, record);
    const name = guest?.name ?? (record === undefined || isGuess(record) ? undefined : record.guest.name);
    expected.delete(archive.id);
    return {
      id: archive.id,
      place: archive.place,
      name: archive.name,
      guest: guestWords(archive, guest?.node),
      guestName: name,
      at: new Date(archive.ctime * 1000).toISOString(),
      sizeBytes: archive.sizeBytes,
      protected: archive.protected,
      state: archive.partial ? 'partial' : stateNow(record, archive),
      notes: archive.notes,
    };
  });
  for (const [id, { record, place, since }] of expected) {
    const isLater = since > manifestAt;
    if (!isLater && seen.view(place).state !== 'listed') continue;
    listed.push({
      id,
      place,
      name: record.archive ?? '',
      guest: `${record.guest.node}/${record.guest.vmid}`,
      guestName: record.guest.name,
      at: record.startedAt,
      sizeBytes: record.sizeBytes ?? 0,
      protected: false,
      state: isLater ? stateOf(record, { place }) : 'gone',
    });
  }
  return listed.toSorted((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : a.id < b.id ? 1 : -1));
}

interface Expected {
  readonly record: BackupRecord;
  readonly place: string;
  readonly since: number;
}

/** By archive id: what the records say should be there. */
function expectedArchives(records: readonly BackupRecord[]): Map<string, Expected> {
  const expected = new Map<string, Expected>();
  for (const record of records) {
    if (record.outcome !== 'made') continue;
    const id = archiveIdOf(record);
    if (id !== undefined && record.place !== undefined && !isPruned(record))
      expected.set(id, { record, place: record.place, since: Date.parse(record.endedAt) });
    for (const { target, state, at, ...copy } of record.copies)
      if (state === 'verified' && !isPruned(copy))
        expected.set(`target:${target}#${record.archive}`, {
          record,
          place: `target:${target}`,
          since: Date.parse(at ?? record.endedAt),
        });
  }
  return expected;
}

/** What is carried over from an earlier discovery may be gone since; what was wrong then is so still. */
function stateNow(record: BackupRecord | undefined, archive: Archive): ListedArchive['state'] {
  const state = stateOf(record, { place: archive.place, archive });
  return archive.seenAt === undefined || state === 'failed' ? state : 'unseen';
}

/** The guest that an archive is of: guests of several Proxmox clusters may have one id. */
function guestsOfArchives(
  manifest: Manifest | undefined,
): (archive: Archive, record: BackupRecord | undefined) => Guest | undefined {
  const guests = manifest?.guests ?? [];
  const owners = archiveOwners(guests);
  const clusters = new Map(manifest?.nodes.map(({ node, pveCluster }) => [node, pveCluster ?? node]));
  const byKey = new Map(guests.map((guest) => [keyText(guest), guest]));
  const byId = Map.groupBy(guests, ({ type, vmid }) => `${type}/${vmid}`);
  return (seen, record) => {
    const { pveCluster, node, type, vmid } = owners.withOwner(seen, record);
    if (type === undefined || vmid === undefined) return undefined;
    if (pveCluster !== undefined) return byKey.get(keyText({ pveCluster, type, vmid }));
    const [only, ...others] = byId.get(`${type}/${vmid}`) ?? [];
    if (others.length === 0) return only;
    const cluster = owners.isContested(seen) || node === undefined ? undefined : clusters.get(node);
    return cluster === undefined ? undefined : byKey.get(keyText({ pveCluster: cluster, type, vmid }));
  };
}

function stateOf(
  record: BackupRecord | undefined,
  { place, archive }: { readonly place: string; readonly archive?: Archive },
): ListedArchive['state'] {
  if (record === undefined) return 'unchecked';
  const differs = archive !== undefined && !hasMadeSize(archive, record);
  const failed = failedChecks({ at: 0, name: '', sizeBytes: undefined, record, archives: new Map() });
  if (differs || failed.some((check) => check.place === place)) return 'failed';
  // Of the same bytes elsewhere it proves nothing about those here.
  const tested = record.checks.findLast(
    (check) => check.kind === 'restore-test' && check.place === place && check.outcome !== 'unavailable',
  );
  if (tested !== undefined) return tested.outcome === 'passed' ? 'proven' : 'failed';
  return record.files.length > 0 ? 'checked' : 'unchecked';
}

function guestWords({ type, vmid }: Archive, node: string | undefined): string {
  if (vmid === undefined) return '';
  return node === undefined ? `${type}/${vmid}` : `${node}/${vmid}`;
}
