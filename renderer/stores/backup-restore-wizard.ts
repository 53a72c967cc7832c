import { create } from 'zustand';
import { createJSONStorage, persist } from 'zustand/middleware';
import type { RestoreRequest } from '../../shared/schemas/backup-plans.ts';
import type { ListedArchive } from '../../shared/schemas/backup-overview.ts';

/** What is said of an archive before anything was planned. */
export type ChosenArchive = Pick<
  ListedArchive,
  'id' | 'guest' | 'guestName' | 'at' | 'name' | 'place' | 'sizeBytes' | 'state'
>;

/** A number that no guest and no archive has; the one that the guest had; or one that the operator names. */
export type IdChoice = 'free' | 'original' | 'other';

interface RestoreWizardStore {
  readonly archive: ChosenArchive | undefined;
  /** What the archives that are offered must contain. */
  readonly wanted: string;
  readonly node: string | undefined;
  readonly idChoice: IdChoice;
  readonly otherId: number | undefined;
  /** Where its disks go; as the archive says unless named. */
  readonly storage: string | undefined;
  readonly start: boolean;
  /** New MAC addresses; when nobody said it, wherever the original may run beside it. */
  readonly unique: boolean | undefined;
  readonly chooseArchive: (archive: ChosenArchive) => void;
  readonly want: (text: string) => void;
  readonly chooseNode: (node: string) => void;
  readonly chooseId: (idChoice: IdChoice) => void;
  readonly nameId: (otherId: number | undefined) => void;
  readonly chooseStorage: (storage: string | undefined) => void;
  readonly setStart: (start: boolean) => void;
  readonly setUnique: (unique: boolean) => void;
  readonly startOver: () => void;
}

const beginning = {
  archive: undefined,
  wanted: '',
  node: undefined,
  idChoice: 'free',
  otherId: undefined,
  storage: undefined,
  start: false,
  unique: undefined,
} as const;

/** The choices of a restore, for this tab; a reload keeps them. */
export const useRestoreWizard = create<RestoreWizardStore>()(
  persist(
    (set): RestoreWizardStore => ({
      ...beginning,
      // Another archive may be of another guest, whose node and storages are others.
      chooseArchive: (archive) => set({ archive, node: undefined, storage: undefined }),
      want: (wanted) => set({ wanted }),
      chooseNode: (node) => set({ node, storage: undefined }),
      chooseId: (idChoice) => set({ idChoice, unique: undefined }),
      nameId: (otherId) => set({ otherId }),
      chooseStorage: (storage) => set({ storage }),
      setStart: (start) => set({ start }),
      setUnique: (unique) => set({ unique }),
      startOver: () => set(beginning),
    }),
    { name: 'sifaka.backup-restore-wizard', storage: createJSONStorage(() => sessionStorage) },
  ),
);

/** What the lab knows that a target can be worked out from. */
export interface KnownTargets {
  /** Nodes that guests can be restored on. */
  readonly nodes: readonly string[];
  /** Ids of guests, and of guests whose archives are there. */
  readonly taken: readonly number[];
}

export type RestoreChoices = Pick<
  RestoreWizardStore,
  'archive' | 'node' | 'idChoice' | 'otherId' | 'storage' | 'start' | 'unique'
>;

/** Where a restore goes as it stands. */
export interface RestoreTarget {
  readonly node: string | undefined;
  readonly vmid: number | undefined;
  readonly unique: boolean;
  readonly originalId: number | undefined;
  readonly freeId: number;
}

export function targetOf(choices: RestoreChoices, known: KnownTargets): RestoreTarget {
  const [where = '', id = ''] = (choices.archive?.guest ?? '').split('/');
  const node = [choices.node, where].find((one) => one !== undefined && known.nodes.includes(one));
  const originalId = /^[1-9]\d{2,8}$/.test(id) ? Number(id) : undefined;
  const freeId = firstFree(known.taken);
  const ids = { free: freeId, original: originalId, other: choices.otherId };
  return {
    node: node ?? known.nodes[0],
    vmid: ids[choices.idChoice],
    unique: choices.unique ?? choices.idChoice !== 'original',
    originalId,
    freeId,
  };
}

/** The request that the choices make; `undefined` while something is missing. Only the original is ever overwritten. */
export function restoreRequest(choices: RestoreChoices, known: KnownTargets): RestoreRequest | undefined {
  const { archive, storage, start, idChoice } = choices;
  const { node, vmid, unique } = targetOf(choices, known);
  if (archive === undefined || node === undefined || vmid === undefined) return undefined;
  return {
    archive: archive.id,
    target: `${node}/${vmid}`,
    ...(storage === undefined ? {} : { storage }),
    overwrite: idChoice === 'original',
    start,
    unique,
  };
}

/**
 * As Proxmox counts them, from 100 (PVE::API2::Cluster, nextid), but none that archives are there of: those of two guests
 * would be taken for one's.
 */
function firstFree(taken: readonly number[]): number {
  const ids = new Set(taken);
  let id = 100;
  while (ids.has(id)) id += 1;
  return id;
}
