/** The languages there are, each by the name its speakers know it by. */
export const languages = { en: 'English', de: 'Deutsch' } as const;

export type Language = keyof typeof languages;
export type LanguageChoice = 'system' | Language;

/**
 * The language to speak: the operator's choice, else the first of the system's languages (BCP 47 tags, the most wanted
 * first) that there is; English when there is none.
 */
export function languageOf(choice: LanguageChoice, system: readonly string[]): Language {
  if (choice !== 'system') return choice;
  for (const tag of system) {
    const [primary = ''] = tag.toLowerCase().split('-');
    if (isLanguage(primary)) return primary;
  }
  return 'en';
}

export function isLanguage(value: string): value is Language {
  return Object.hasOwn(languages, value);
}
