import { create } from 'zustand';
import { createJSONStorage, persist } from 'zustand/middleware';
import type { CardPlan, PlannedCard, TargetRequest } from '../../shared/schemas/card.ts';

/** What a target needs to be named before it was inspected. */
export interface ChosenTarget {
  readonly request: TargetRequest;
  readonly label: string;
  readonly size?: number;
  readonly contents?: string;
}

interface CardWizardStore {
  readonly node: string | undefined;
  readonly target: ChosenTarget | undefined;
  /** Plans of jobs this tab started, by digest, newest last: a job's events do not carry the picture of its card. */
  readonly burnt: readonly PlannedCard[];
  readonly chooseNode: (node: string) => void;
  readonly chooseTarget: (target: ChosenTarget | undefined) => void;
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
      burnt: [],
      chooseNode: (node) => set({ node }),
      chooseTarget: (target) => set({ target }),
      rememberPlan: (planned) =>
        set(({ burnt }) => ({
          burnt: [...burnt.filter((one) => one.digest !== planned.digest), planned].slice(-rememberedPlans),
        })),
      startOver: () => set({ node: undefined, target: undefined }),
    }),
    { name: 'sifaka.card-wizard', storage: createJSONStorage(() => sessionStorage) },
  ),
);

export function usePlanShown(digest: string | undefined): CardPlan | undefined {
  return useCardWizard((store) => store.burnt.find((one) => one.digest === digest)?.plan);
}
