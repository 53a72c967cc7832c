import { i18n, type Messages } from '@lingui/core';
import type { Language } from '../../shared/language.ts';
import { messages as frame } from '../locales/en/frame.po';
import { messages as pages } from '../locales/en/pages.po';
import { messages as wizards } from '../locales/en/wizards.po';

/** English is what the first view needs in most windows; another language is fetched when it is chosen. */
const catalogs: Record<Language, () => Promise<Messages>> = {
  en: () => Promise.resolve({ ...frame, ...pages, ...wizards }),
  de: async () => (await import('../locales/german.ts')).messages,
};

/**
 * Makes the page speak a language, unless another one is wanted by the time its catalog is there; screen readers are told by
 * the root element. Fails when the catalog cannot be fetched.
 */
export async function speak(language: Language, isWanted: () => boolean): Promise<void> {
  const messages = await catalogs[language]();
  if (!isWanted()) return;
  i18n.loadAndActivate({ locale: language, messages });
  document.documentElement.lang = language;
}
