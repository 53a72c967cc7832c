import type { Page } from 'playwright';
import { expect } from 'vitest';

export function spoken(page: Page): Promise<string | null> {
  return page.locator('html').getAttribute('lang');
}

/** From Today in English: German at once and after a reload, where the operator looks around, and English again. */
export async function changeLanguage(page: Page, look: () => Promise<void>): Promise<void> {
  await chooseLanguage(page, 'Appearance', 'Deutsch');
  await isToday(page, 'Heute');
  expect(await spoken(page)).toBe('de');
  await page.reload();
  await isToday(page, 'Heute');
  expect(await spoken(page)).toBe('de');
  await look();
  await chooseLanguage(page, 'Darstellung', 'English');
  await isToday(page, 'Today');
  expect(await spoken(page)).toBe('en');
}

/** `menu` is the name of the menu of appearances in the language of now. */
export async function chooseLanguage(page: Page, menu: string, language: string): Promise<void> {
  await page.getByRole('button', { name: menu }).click();
  // “As the system” stands under light and dark, contrast and language.
  await page.getByRole('menuitem', { name: language }).last().click();
}

export async function isToday(page: Page, name: 'Today' | 'Heute'): Promise<void> {
  await page.getByRole('heading', { name, level: 1, exact: true }).waitFor();
}
