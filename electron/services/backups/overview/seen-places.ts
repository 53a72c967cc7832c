import type { BackupStorage, Manifest } from '../../../../shared/schemas/backup-manifest.ts';
import type { BackupRecord } from '../../../../shared/schemas/backup-record.ts';

/** How a place looked to the discovery. Only in one that is `listed` does a missing archive mean that it is gone. */
export type PlaceView =
  | { readonly state: 'listed'; readonly storage?: BackupStorage }
  | { readonly state: 'unusable'; readonly why: string }
  | { readonly state: 'silent'; readonly nodes: readonly string[] };

export function placeOf(
  node: string,
  { storage, shared }: Pick<BackupStorage, 'storage' | 'shared'>,
): string {
  return shared ? `storage:${storage}` : `storage:${node}/${storage}`;
}

export interface SeenPlaces {
  readonly view: (place: string) => PlaceView;
  /** What a node says of a storage; `undefined` when it has none of this name, or said nothing. */
  readonly storage: (node: string, name: string) => BackupStorage | undefined;
}

export function seenPlaces(manifest: Manifest | undefined): SeenPlaces {
  const storages = new Map<string, BackupStorage>();
  const views = new Map<string, PlaceView>();
  for (const { node, storages: found } of manifest?.nodes ?? [])
    for (const storage of found) {
      storages.set(`${node}/${storage.storage}`, storage);
      const place = placeOf(node, storage);
      // Of a shared one it is enough that one node sees it.
      if (views.get(place)?.state !== 'listed') views.set(place, viewOf(storage));
    }
  for (const { target, state, problem } of manifest?.targets ?? [])
    views.set(
      `target:${target}`,
      state === 'ready' && problem === undefined
        ? { state: 'listed' }
        : { state: 'unusable', why: problem?.what ?? targetWords[state] },
    );
  const silent = (manifest?.nodes ?? []).filter(({ state }) => state !== 'answered').map(({ node }) => node);
  return {
    view: (place) => views.get(place) ?? unseen(place, manifest, silent),
    storage: (node, name) => storages.get(`${node}/${name}`),
  };
}

const targetWords = {
  ready: 'it could not be listed',
  unreachable: 'it does not answer',
  unmounted: 'it does not have the mark of this lab: the right disk is not mounted there',
  'not-set-up': 'it was not set up yet',
};

function viewOf(storage: BackupStorage): PlaceView {
  if (storage.problem !== undefined) return { state: 'unusable', why: storage.problem.what };
  if (!storage.active) return { state: 'unusable', why: 'it is not active' };
  if (!storage.backups) return { state: 'unusable', why: 'it may not hold backups any more' };
  return { state: 'listed', storage };
}

/** A place that no answer has: its node was silent, or it is there no more. */
function unseen(place: string, manifest: Manifest | undefined, silent: readonly string[]): PlaceView {
  if (manifest === undefined) return { state: 'silent', nodes: [] };
  const node = /^storage:([a-z0-9-]+)\//.exec(place)?.[1];
  if (node === undefined) {
    // A shared storage is told of by any node that answers.
    const nobody = place.startsWith('storage:') && silent.length === manifest.nodes.length;
    return nobody ? { state: 'silent', nodes: silent } : { state: 'unusable', why: 'nobody has it any more' };
  }
  const found = manifest.nodes.find((one) => one.node === node);
  if (found?.state === 'answered') return { state: 'unusable', why: `${node} has no such storage any more` };
  return { state: 'silent', nodes: [node] };
}

/** Where a record's own archive lies. */
export function archiveIdOf({ place, archive }: Pick<BackupRecord, 'place' | 'archive'>): string | undefined {
  return place === undefined || archive === undefined ? undefined : `${place}#${archive}`;
}
