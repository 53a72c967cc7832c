import { create } from 'zustand';

export type ArchiveOrder = 'at' | 'guest' | 'place' | 'state' | 'size';

interface ArchiveListStore {
  /** What the rows must contain. */
  readonly wanted: string;
  readonly order: ArchiveOrder;
  readonly isDescending: boolean;
  readonly want: (text: string) => void;
  /** The same order again turns it round. */
  readonly orderBy: (order: ArchiveOrder) => void;
}

/** How the list of all archives is looked at, for this tab: going to a guest and back keeps it. */
export const useArchiveList = create<ArchiveListStore>()((set) => ({
  wanted: '',
  order: 'at',
  isDescending: true,
  want: (wanted) => set({ wanted }),
  orderBy: (order) =>
    set((now) => ({
      order,
      isDescending: now.order === order ? !now.isDescending : order === 'at' || order === 'size',
    })),
}));
