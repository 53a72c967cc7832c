import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { parseRoute } from '../../renderer/app/address.ts';
import { nameless } from './accessible-names.ts';
import { type Look, openTab, seriousViolations, shoot } from './browser.ts';
import { type ScreenLabs, startScreenLabs } from './screen-labs.ts';
import { jobPlaces, type Screen, screens, wizardChoices } from './screens.ts';
import { setupStage } from './stage.ts';

const stage = setupStage();

const looks: readonly { name: string; look: Look; locale: string }[] = [
  { name: 'light', look: 'light', locale: 'en' },
  { name: 'dark', look: 'dark', locale: 'en' },
  { name: 'high-contrast', look: 'high-contrast', locale: 'en' },
  { name: 'german', look: 'light', locale: 'de' },
];

// Thirty screens and axe on each: minutes, on a machine that has something else to do.
describe('every screen', () => {
  for (const { name, look, locale } of looks) {
    it(`has no serious violation and a name for all that a screen reader names, ${name}`, {
      timeout: 400_000,
    }, async (test) => {
      const chromium = stage.browser(test);
      await using labs = await startScreenLabs(stage.page);
      const { page, context, complaints } = await openTab(chromium, look, locale);
      await page.addInitScript(`sessionStorage.setItem('sifaka.card-wizard', '${wizardChoices}')`);
      const found: string[] = [];
      const inspect = async (screen: string) => {
        found.push(...(await whatIsWrong(page)).map((one) => `${screen}: ${one}`));
        await shoot(page, `screen-${screen}-${name}`);
      };

      for (const [index, { route, screen }] of inOrder().entries()) {
        await show(page, labs, screen);
        expect(parseRoute(new URL(page.url()).hash).page).toBe(route);
        await inspect(`${index}-${route}`);
      }
      expect(await page.locator('html').getAttribute('lang')).toBe(locale);
      expect(complaints).toEqual([]);

      const { fresh } = labs.apps;
      await show(page, labs, { lab: 'fresh', address: 'today', shows: '.first-steps' });
      await fresh.host.close();
      await page.locator('.connection-notice').waitFor();
      await inspect('connection-lost');
      await fresh.restartHost();
      await page.locator('.gate-card h1').waitFor({ timeout: 30_000 });
      await inspect('link-no-longer-valid');

      expect(found).toEqual([]);
      await context.close();
    });
  }
});

/** Lab by lab, so that the tab changes from one to the next only twice. */
function inOrder(): { route: string; screen: Screen }[] {
  return Object.entries(screens)
    .flatMap(([route, all]) => all.map((screen) => ({ route, screen })))
    .toSorted((a, b) => a.screen.lab.localeCompare(b.screen.lab));
}

async function show(page: Page, { apps, jobs }: ScreenLabs, screen: Screen): Promise<void> {
  const { url } = apps[screen.lab].host;
  if (new URL(page.url()).origin !== new URL(url).origin) {
    await page.goto(url);
    await page.locator('h1').waitFor();
  }
  const address = screen.address.replace(jobPlaces, (_, name: keyof typeof jobs) => jobs[name]);
  await page.evaluate(`location.hash = '#/${address}'`);
  // A page that is loaded anew has nothing open, and nothing left on it from the screen before.
  await page.reload();
  await page.locator(screen.shows).first().waitFor();
  await expect.poll(() => page.locator('.waiting').count(), { timeout: 30_000 }).toBe(0);
  await screen.open?.(page);
}

async function whatIsWrong(page: Page): Promise<string[]> {
  return [...(await seriousViolations(page)), ...(await nameless(page)).map((one) => `no name: ${one}`)];
}
