import { create } from 'zustand';
import { createJSONStorage, persist } from 'zustand/middleware';
import type { CardPlan, PlannedCard, TargetRequest } from '../../shared/schemas/card.ts';

/** What a target needs to be named before it was inspected. */
export interface ChosenTarget {
  readonly request: TargetRequest;
  readonly label: string;
  readonly size?: number;
  readonly contents?: string;
  /** Of a real drive: which one it is, whatever is behind its path later. */
  readonly identity?: string;
}

/** A drive that was chosen and is gone. */
export interface RemovedDrive {
  readonly label: string;
  readonly loss: DriveLoss;
}

/** What became of it: it is there but may not be written any more, another one has its path, or it was taken out. */
export type DriveLoss =
  | { readonly how: 'refused'; readonly reasons: readonly string[] }
  | { readonly how: 'replaced' | 'taken-out' };

interface CardWizardStore {
  readonly node: string | undefined;
  readonly target: ChosenTarget | undefined;
  /** Until something else is chosen. */
  readonly removed: RemovedDrive | undefined;
  /** Plans of jobs this tab started, by digest, newest last: a job's events do not carry the picture of its card. */
  readonly burnt: readonly PlannedCard[];
  readonly chooseNode: (node: string) => void;
  readonly chooseTarget: (target: ChosenTarget) => void;
  readonly loseTarget: (removed: RemovedDrive) => void;
  readonly rememberPlan: (planned: PlannedCard) => void;
  readonly startOver: () => void;
}

const rememberedPlans = 3;

/** The wizard's choices, for this tab; a reload keeps them. */
export const useCardWizard = create<CardWizardStore>()(
  persist(
    (set) => ({
      node: undefined,
      target: undefined,
      removed: undefined,
      burnt: [],
      chooseNode: (node) => set({ node }),
      chooseTarget: (target) => set({ target, removed: undefined }),
      loseTarget: (removed) => set({ target: undefined, removed }),
      rememberPlan: (planned) =>
        set(({ burnt }) => ({
          burnt: [...burnt.filter((one) => one.digest !== planned.digest), planned].slice(-rememberedPlans),
        })),
      startOver: () => set({ node: undefined, target: undefined, removed: undefined }),
    }),
    { name: 'sifaka.card-wizard', storage: createJSONStorage(() => sessionStorage) },
  ),
);

export function usePlanShown(digest: string | undefined): CardPlan | undefined {
  return useCardWizard((store) => store.burnt.find((one) => one.digest === digest)?.plan);
}
