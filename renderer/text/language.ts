import { i18n, type Messages } from '@lingui/core';
import { messages as frame } from '../locales/en/frame.po';
import { messages as pages } from '../locales/en/pages.po';
import { messages as wizards } from '../locales/en/wizards.po';

/** The languages there are, each by the name its speakers know it by. */
export const languages = { en: 'English', de: 'Deutsch' } as const;

export type Language = keyof typeof languages;
export type LanguageChoice = 'system' | Language;

/** English is what the first view needs in most windows; another language is fetched when it is chosen. */
const catalogs: Record<Language, () => Promise<Messages>> = {
  en: () => Promise.resolve({ ...frame, ...pages, ...wizards }),
  de: async () => (await import('../locales/german.ts')).messages,
};

/** The language of the page: the operator's choice, else the first of the system's languages that there is. */
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

/** Makes the page speak a language; screen readers are told by the root element. Fails when the catalog cannot be fetched. */
export async function speak(language: Language): Promise<void> {
  const messages = await catalogs[language]();
  i18n.loadAndActivate({ locale: language, messages });
  document.documentElement.lang = language;
}
