import { describe, expect, it } from 'vitest';
import { expectAccessible, openTab, shoot } from './browser.ts';
import { changeLanguage, chooseLanguage, isToday, spoken } from './journeys/language.ts';
import { startApp } from './running-app.ts';
import { setupStage } from './stage.ts';

const stage = setupStage();

describe('the language of the page', () => {
  for (const [asked, language, today] of [
    ['de-DE', 'de', 'Heute'],
    ['de-AT', 'de', 'Heute'],
    ['en-GB', 'en', 'Today'],
    ['fr-FR', 'en', 'Today'],
  ] as const) {
    it(`of a browser that asks for ${asked} is ${language}`, async (test) => {
      const chromium = stage.browser(test);
      await using app = await startApp({ page: stage.page });
      const { page, context, complaints } = await openTab(chromium, 'light', asked);
      await page.goto(app.host.url);
      await isToday(page, today);
      expect(await spoken(page)).toBe(language);
      await expect.poll(() => page.title()).toBe(`${today} · Sifaka`);
      expect(complaints).toEqual([]);
      await context.close();
    });
  }

  it('is the one that is chosen, at once and after a reload', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page });
    const { page, context, complaints } = await openTab(chromium, 'light', 'fr-FR');
    await page.goto(app.host.url);
    await isToday(page, 'Today');
    await changeLanguage(page, async () => {
      await expectAccessible(page);
      await shoot(page, 'today-german-light');
    });
    await chooseLanguage(page, 'Appearance', 'Deutsch');
    await isToday(page, 'Heute');
    await chooseLanguage(page, 'Darstellung', 'Wie das System');
    await isToday(page, 'Today');
    expect(await spoken(page)).toBe('en');
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('is the last one chosen, also when the one before comes late; and the menu it was chosen from has the focus', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page });
    const { page, context } = await openTab(chromium);
    const late = Promise.withResolvers<void>();
    await page.route('**/assets/german-*.js', async (route) => {
      await late.promise;
      await route.continue();
    });
    await page.goto(app.host.url);
    await isToday(page, 'Today');
    await chooseLanguage(page, 'Appearance', 'Deutsch');
    await chooseLanguage(page, 'Appearance', 'English');
    const arrived = page.waitForResponse('**/assets/german-*.js');
    late.resolve();
    await (await arrived).finished();
    await chooseLanguage(page, 'Appearance', 'English');
    await isToday(page, 'Today');
    expect(await spoken(page)).toBe('en');

    await page.getByRole('button', { name: 'Appearance' }).press('Enter');
    await page.getByRole('menuitem', { name: 'Deutsch' }).press('Enter');
    await isToday(page, 'Heute');
    await expect.poll(() => page.locator(':focus').getAttribute('aria-label')).toBe('Darstellung');
    await context.close();
  });

  it('stays as it was when the catalog of another does not come', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page });
    const { page, context } = await openTab(chromium, 'light', 'de-DE');
    await page.route('**/assets/german-*.js', (route) => route.abort());
    await page.goto(app.host.url);
    await isToday(page, 'Today');
    expect(await spoken(page)).toBe('en');
    await context.close();
  });
});
