import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectAccessible, shoot } from '../browser.ts';
import { openTargets } from '../open-targets.ts';
import { buildApp } from './built-app.ts';
import { makeDesktopFolder } from './desktop-folder.ts';
import { requireDesktop, startDesktop } from './start-desktop.ts';

/** Runs in Electron where its binary is, and over the double elsewhere: the same steps, the same page. */
let app: Awaited<ReturnType<typeof buildApp>>;
beforeAll(async () => {
  app = await buildApp();
});
afterAll(() => app.remove());

it('a card is burned and proven in the window, which has no way out', async (test) => {
  requireDesktop(test);
  await using place = await makeDesktopFolder();
  await using desktop = await startDesktop({
    built: app.folder,
    folder: place.folder,
    argv: ['--lab', place.lab],
  });
  const page = await desktop.page();
  await page.getByRole('heading', { name: 'Today' }).waitFor();
  expect(await page.evaluate('[typeof require, typeof process, typeof module]')).toEqual(
    Array.from({ length: 3 }, () => 'undefined'),
  );
  expect(await page.evaluate("fetch('/../main/main.js').then(({ status }) => status)")).toBe(404);
  expect(await page.evaluate("fetch('https://example.invalid/').then(String, () => 'refused')")).toBe(
    'refused',
  );

  await openTargets(page, 'titan-13');
  await page.getByRole('radio', { name: /sd-1/ }).check();
  await page.getByRole('button', { name: 'Review what would happen' }).click();
  await page.getByRole('button', { name: /^(Erase|Burn) .*titan-13/ }).click({ timeout: 60_000 });
  await page.getByRole('heading', { name: /Proven: this card is titan-13/ }).waitFor({ timeout: 120_000 });
  await expectAccessible(page);
  await shoot(page, 'desktop-proof');

  // A new document, and a new port.
  await page.reload();
  await page.getByRole('heading', { name: /Proven: this card is titan-13/ }).waitFor();
  await page.evaluate("window.location.href = 'https://example.invalid/'").catch(() => undefined);
  await page.getByRole('heading', { name: /Proven: this card is titan-13/ }).waitFor();
  await desktop.closeWindow();
});
