import { i18n, type Messages } from '@lingui/core';
import { app } from 'electron';
import { type Language, languageOf } from '../../shared/language.ts';
import { messages as german } from './locales/de.po';
import { messages as english } from './locales/en.po';

const catalogs: Record<Language, Messages> = { en: english, de: german };

/** What menus, the tray, notices and questions are said in, from now on. */
export function speak(language: Language): void {
  i18n.loadAndActivate({ locale: language, messages: catalogs[language] });
}

/** Once the app is ready. The page has a choice of its own, which is kept where only the page reads it. */
export function speakSystemLanguage(): void {
  speak(languageOf('system', app.getPreferredSystemLanguages()));
}
