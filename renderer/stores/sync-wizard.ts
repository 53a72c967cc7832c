import { create } from 'zustand';
import { createJSONStorage, persist } from 'zustand/middleware';
import type { SyncChoice } from '../../shared/schemas/sync-plans.ts';

interface SyncWizardStore {
  readonly choice: SyncChoice | undefined;
  readonly choose: (choice: SyncChoice) => void;
  readonly startOver: () => void;
}

/** The choice of the wizard, for this tab; a reload keeps it. */
export const useSyncWizard = create<SyncWizardStore>()(
  persist(
    (set): SyncWizardStore => ({
      choice: undefined,
      choose: ({ pair, direction }) => set({ choice: { pair, direction } }),
      startOver: () => set({ choice: undefined }),
    }),
    { name: 'sifaka.sync-wizard', storage: createJSONStorage(() => sessionStorage) },
  ),
);
