import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLogFile, logFileIn } from '../../electron/services/log-file.ts';
import { redactedLog } from '../../electron/services/log.ts';
import { systemClock } from '../../electron/services/clock.ts';
import { expectAccessible, openTab, shoot } from './browser.ts';
import { tabTo } from './journeys/keyboard.ts';
import { copyDiagnostics, openLog } from './journeys/log.ts';
import { type RunningApp, startApp } from './running-app.ts';
import { setupStage } from './stage.ts';

const stage = setupStage();

/** What the running app would have logged: it is given its log by its host, which these tests stand in for. */
function fillLog(app: RunningApp): void {
  const file = logFileIn(join(app.lab, '../home/state'));
  const log = redactedLog(createLogFile({ file, clock: systemClock, about: 'Sifaka 0.0.0-test' }));
  log.line(
    '[0badcafe] cards.plan: Error: the drive is odd\n    at plan (app.js:1:2)\n    at burn (app.js:3:4)',
  );
  log.line('web host: connection closed: token=PLANTED');
  log.line('<img src=x onerror=alert(1)><b>bold</b> \u001b[2J \u202edesrever');
}

describe('the log', () => {
  for (const look of ['light', 'dark', 'high-contrast'] as const) {
    it(`is shown newest first, harmless, filtered, and copied with the diagnostics, ${look}`, async (test) => {
      const chromium = stage.browser(test);
      await using app = await startApp({ page: stage.page });
      fillLog(app);
      const { page, context, complaints } = await openTab(chromium, look);
      await context.grantPermissions(['clipboard-read', 'clipboard-write']);
      await page.goto(app.host.url);
      await openLog(page);
      const entries = page.getByRole('list', { name: 'Entries' }).locator(':scope > li');
      await expect.poll(() => entries.count()).toBe(4);
      expect(await entries.first().innerText()).toContain(
        '<img src=x onerror=alert(1)><b>bold</b> \\u001b[2J \\u202edesrever',
      );
      expect(await page.locator('main img, main b').count()).toBe(0);
      expect(await page.content()).not.toContain('PLANTED');
      await page.getByText('the drive is odd').click();
      await page.getByText('at burn (app.js:3:4)').waitFor();
      await expectAccessible(page);
      await shoot(page, `log-${look}`);

      await page.getByLabel('Only lines with').fill('DRIVE IS ODD');
      await page.getByText('1 of 4 entries').waitFor();
      expect(await entries.count()).toBe(1);
      await page.getByLabel('Only lines with').fill('nothing has this');
      await page.getByText('No entry has these words.').waitFor();
      await expectAccessible(page);
      await page.getByLabel('Only lines with').fill('');

      const copied = await copyDiagnostics(page);
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe(copied);
      for (const words of ['Version   0.0.0-test', 'Opened    web', 'Node.js', 'the drive is odd']) {
        expect(copied).toContain(words);
      }
      expect(copied).not.toContain('PLANTED');
      await expectAccessible(page);
      await shoot(page, `log-copied-${look}`);
      expect(complaints).toEqual([]);
      await context.close();
    });
  }

  it('is reached and copied by keyboard alone, the older way without permission, and selected where nothing helps', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page });
    const { page, context } = await openTab(chromium);
    await context.grantPermissions(['clipboard-read']);
    await page.addInitScript(
      "navigator.clipboard.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError'))",
    );
    await page.goto(`${new URL('/', app.host.url).href}${new URL(app.host.url).hash}`);
    await page.getByRole('heading', { name: 'Today' }).waitFor();
    await page.evaluate("location.hash = '#/log'");
    await page.getByText('Nothing has been logged').waitFor();
    await shoot(page, 'log-empty-light');
    await expectAccessible(page);
    await tabTo(page, /button "Copy diagnostics"/);
    await page.keyboard.press('Enter');
    await page.getByText(/^Copied: /).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toContain('Sifaka diagnostics');

    await page.evaluate('document.execCommand = () => false');
    await page.getByRole('button', { name: 'Copy diagnostics' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText(/It could not be copied/).waitFor();
    const selected = String(await page.evaluate('getSelection().toString()'));
    expect(selected).toContain('Sifaka diagnostics');
    await expectAccessible(page);
    await context.close();
  });

  it('is not shown to a viewer', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page });
    fillLog(app);
    const { page, context } = await openTab(chromium);
    await page.goto(app.host.urls.viewer);
    await openLog(page);
    await page.getByText('The log is for operators').waitFor();
    expect(await page.getByText('the drive is odd').count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Copy diagnostics' }).count()).toBe(0);
    await expectAccessible(page);
    await shoot(page, 'log-viewer-light');
    await context.close();
  });
});
