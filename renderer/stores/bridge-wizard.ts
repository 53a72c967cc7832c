import { create } from 'zustand';
import { createJSONStorage, persist } from 'zustand/middleware';
import type { BridgeRequest, BridgeSource, DeployMode } from '../../shared/schemas/bridge.ts';

interface BridgeWizardStore {
  /** What is deployed. */
  readonly source: BridgeSource | undefined;
  /** Nodes of it that are left out: one that is added to the lab later is not. */
  readonly leftOut: readonly string[];
  readonly mode: DeployMode;
  /** Of mode `canary`, the node that goes first. */
  readonly first: string | undefined;
  readonly windowSeconds: number;
  readonly chooseSource: (source: BridgeSource) => void;
  readonly setIncluded: (node: string, isIncluded: boolean) => void;
  readonly chooseMode: (mode: DeployMode) => void;
  readonly chooseFirst: (node: string) => void;
  readonly chooseWindow: (seconds: number) => void;
  readonly startOver: () => void;
}

const start = {
  source: undefined,
  leftOut: [],
  mode: 'all',
  first: undefined,
  windowSeconds: 120,
} as const;

/** The choices of a deploy, for this tab; a reload keeps them. */
export const useBridgeWizard = create<BridgeWizardStore>()(
  persist(
    (set): BridgeWizardStore => ({
      ...start,
      chooseSource: (source) => set({ source }),
      setIncluded: (node, isIncluded) =>
        set(({ leftOut }) => {
          const others = leftOut.filter((one) => one !== node);
          return { leftOut: isIncluded ? others : [...others, node] };
        }),
      chooseMode: (mode) => set({ mode }),
      chooseFirst: (first) => set({ first }),
      chooseWindow: (windowSeconds) => set({ windowSeconds }),
      startOver: () => set(start),
    }),
    { name: 'sifaka.bridge-wizard', storage: createJSONStorage(() => sessionStorage) },
  ),
);

/** The request that the choices make of a source with these nodes; `undefined` while none is chosen, or no node. */
export function deployRequest(
  choices: Pick<BridgeWizardStore, 'source' | 'leftOut' | 'mode' | 'first' | 'windowSeconds'>,
  nodes: readonly string[],
): BridgeRequest | undefined {
  const { source, leftOut, mode, first, windowSeconds } = choices;
  const included = nodes.filter((node) => !leftOut.includes(node));
  if (source === undefined || included.length === 0) return undefined;
  const leads = mode === 'canary' && first !== undefined && included.includes(first);
  const inOrder = leads ? [first, ...included.filter((node) => node !== first)] : included;
  return { source, nodes: inOrder, mode, windowSeconds };
}
