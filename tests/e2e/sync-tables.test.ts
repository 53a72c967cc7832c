import { expect, it } from 'vitest';
import { backupsLab } from './backup-labs.ts';
import { openTab } from './browser.ts';
import { playSync } from './played-sync.ts';
import { startApp } from './running-app.ts';
import { setupStage } from './stage.ts';
import { startSyncJobs } from './sync-jobs.ts';
import { syncChoices, syncScreens } from './sync-screens.ts';

const stage = setupStage();

/** What is wider than the frame it scrolls in, so that its last columns are out of sight. */
const tooWide = `[...document.querySelectorAll('.table-scroll, .two-trees')]
  .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
  .map((frame) => frame.querySelector('table').getAttribute('aria-label') + ': ' + frame.scrollWidth + ' px')`;

it.for(['en', 'de'])(
  'every column of the sync is in sight on a small laptop, in %s',
  async (locale, test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page, untouched: true, prepare: backupsLab });
    playSync(app);
    const jobs: Record<string, string> = await startSyncJobs(app);
    const { page, context, complaints } = await openTab(chromium, 'light', locale);
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.goto(app.host.urls.operator);
    await page.locator('h1').waitFor();
    const found: string[] = [];
    let tables = 0;
    for (const { lab, viewer, address, syncs, shows } of Object.values(syncScreens).flat()) {
      if (lab !== 'backups' || viewer) continue;
      const place = address.replace(/:(\w+)$/, (_, name: string) => jobs[name] ?? name);
      await page.evaluate(
        `sessionStorage.setItem('sifaka.sync-wizard', ${JSON.stringify(syncChoices(syncs))}); location.hash = '#/${place}'`,
      );
      await page.reload();
      await page.locator(shows).first().waitFor();
      await expect.poll(() => page.locator('.waiting').count()).toBe(0);
      tables += await page.locator('table').count();
      found.push(...(await page.evaluate<string[]>(tooWide)).map((one) => `${address} ${one}`));
    }
    expect(found).toEqual([]);
    // The pairs, the runs, two reviews, two proofs, one run.
    expect(tables).toBeGreaterThanOrEqual(7);
    expect(complaints).toEqual([]);
    await context.close();
  },
);
