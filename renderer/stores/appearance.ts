import { create } from 'zustand';
import { persist } from 'zustand/middleware';

export type ContrastChoice = 'system' | 'more';

interface AppearanceStore {
  readonly contrast: ContrastChoice;
  readonly setContrast: (contrast: ContrastChoice) => void;
}

/** Light or dark is Mantine's own setting; this is the other half. */
export const useAppearance = create<AppearanceStore>()(
  persist(
    (set) => ({
      contrast: 'system',
      setContrast: (contrast) => set({ contrast }),
    }),
    { name: 'sifaka.appearance' },
  ),
);

/** Keeps `data-contrast` on the root element in step with the choice and the system. */
export function followContrast(root: HTMLElement): void {
  const system = window.matchMedia('(prefers-contrast: more)');
  const apply = () => {
    const more = useAppearance.getState().contrast === 'more' || system.matches;
    root.dataset['contrast'] = more ? 'more' : 'normal';
  };
  system.addEventListener('change', apply);
  useAppearance.subscribe(apply);
  apply();
}
