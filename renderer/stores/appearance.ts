import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import { type LanguageChoice, languageOf } from '../../shared/language.ts';
import { speak } from '../text/language.ts';

export type ContrastChoice = 'system' | 'more';

interface AppearanceStore {
  readonly contrast: ContrastChoice;
  readonly language: LanguageChoice;
  readonly setContrast: (contrast: ContrastChoice) => void;
  readonly setLanguage: (language: LanguageChoice) => void;
}

/** Light or dark is Mantine's own setting; this is the rest. */
export const useAppearance = create<AppearanceStore>()(
  persist(
    (set) => ({
      contrast: 'system',
      language: 'system',
      setContrast: (contrast) => set({ contrast }),
      setLanguage: (language) => set({ language }),
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

/** Speaks the chosen language, and whichever is chosen later. A catalog that does not come leaves the page as it is. */
export async function followLanguage(): Promise<void> {
  const wanted = () => languageOf(useAppearance.getState().language, navigator.languages);
  const apply = () => {
    const language = wanted();
    return speak(language, () => language === wanted());
  };
  window.addEventListener('languagechange', () => void apply().catch(() => undefined));
  useAppearance.subscribe(({ language }, before) => {
    if (language !== before.language) void apply().catch(() => undefined);
  });
  await speak('en', () => true);
  await apply().catch(() => undefined);
}
