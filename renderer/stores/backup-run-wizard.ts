import { create } from 'zustand';
import { createJSONStorage, persist } from 'zustand/middleware';
import type { BackupRequest } from '../../shared/schemas/backup-plans.ts';

/** What is done in another way than the policy says; what is left out is as it says. */
export type OtherThanPolicy = Pick<BackupRequest, 'method' | 'mode' | 'storage' | 'bandwidthLimit'>;

interface BackupRunWizardStore {
  /** As in `baobab/100`. */
  readonly guests: readonly string[];
  readonly other: OtherThanPolicy;
  /** What the rows of the table must contain. */
  readonly wanted: string;
  readonly setChosen: (guest: string, isChosen: boolean) => void;
  /** Besides those that are chosen. */
  readonly chooseAll: (guests: readonly string[]) => void;
  readonly chooseNone: () => void;
  readonly change: (other: OtherThanPolicy) => void;
  readonly want: (text: string) => void;
  readonly startOver: () => void;
}

const start = { guests: [], other: {}, wanted: '' } as const;

/** The choices of a backup, for this tab; a reload keeps them. */
export const useBackupRunWizard = create<BackupRunWizardStore>()(
  persist(
    (set): BackupRunWizardStore => ({
      ...start,
      setChosen: (guest, isChosen) =>
        set(({ guests }) => {
          const others = guests.filter((one) => one !== guest);
          return { guests: isChosen ? [...others, guest] : others };
        }),
      chooseAll: (guests) => set((now) => ({ guests: [...new Set([...now.guests, ...guests])] })),
      chooseNone: () => set({ guests: [] }),
      change: (other) => set({ other }),
      want: (wanted) => set({ wanted }),
      startOver: () => set(start),
    }),
    { name: 'sifaka.backup-run-wizard', storage: createJSONStorage(() => sessionStorage) },
  ),
);

/** The request that the choices make; `undefined` while no guest is chosen. */
export function runRequest({
  guests,
  other,
}: Pick<BackupRunWizardStore, 'guests' | 'other'>): BackupRequest | undefined {
  // A request has no key that says nothing: the schema would refuse `undefined` as little as it would mean it.
  const said = Object.fromEntries(Object.entries(other).filter(([, value]) => value !== undefined));
  return guests.length === 0 ? undefined : { guests: guests.toSorted(), ...said };
}
