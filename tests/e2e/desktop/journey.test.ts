import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { expectAccessible, seriousViolations, shoot } from '../browser.ts';
import { burnByKeyboard } from '../journeys/card-by-keyboard.ts';
import {
  attachToJob,
  isMaking,
  isProven,
  isProvenAgain,
  startBurn,
  verifyAgain,
} from '../journeys/card-job.ts';
import { changeLanguage } from '../journeys/language.ts';
import { copyDiagnostics, openLog } from '../journeys/log.ts';
import { findNodeByPalette } from '../journeys/palette.ts';
import { readUnknownPage, startOver, visitEveryPage } from '../journeys/places.ts';
import { readRefusedPlan } from '../journeys/refused-plan.ts';
import { makeImageLarge } from '../large-image.ts';
import { buildApp } from './built-app.ts';
import { makeDesktopFolder } from './desktop-folder.ts';
import { requireDesktop, startDesktop } from './start-desktop.ts';

/**
 * What an operator does in a browser, done in the window: Electron where its binary is, the double elsewhere. The app is
 * started once; every journey begins at Today, in a new document with a new port.
 */
const started = new AsyncDisposableStack();
let app: Awaited<ReturnType<typeof open>> | undefined;
let built: Awaited<ReturnType<typeof buildApp>>;

beforeAll(async () => {
  built = started.adopt(await buildApp(), (one) => one.remove());
});
afterAll(() => started.disposeAsync());

async function open() {
  const drives = { 'sd-1': 1 << 30, 'sd-small': 1 << 20 };
  const place = started.use(await makeDesktopFolder(makeImageLarge, drives));
  const argv = ['--lab', place.lab];
  return started.use(await startDesktop({ built: built.folder, folder: place.folder, argv }));
}

/** The window of the one app, at Today. */
async function atToday(test: TestContext): Promise<Page> {
  requireDesktop(test);
  app ??= await open();
  const page = await app.page();
  await page.locator('h1').waitFor();
  await startOver(page);
  return page;
}

describe('the window', () => {
  it('has no way out', async (test) => {
    const page = await atToday(test);
    expect(await page.evaluate('[typeof require, typeof process, typeof module]')).toEqual(
      Array.from({ length: 3 }, () => 'undefined'),
    );
    expect(await page.evaluate("fetch('/../main/main.js').then(({ status }) => status)")).toBe(404);
    expect(await page.evaluate("fetch('https://example.invalid/').then(String, () => 'refused')")).toBe(
      'refused',
    );
    await page.evaluate("window.location.href = 'https://example.invalid/'").catch(() => undefined);
    await page.getByRole('heading', { name: 'Today', level: 1 }).waitFor();
  });

  it('burns and proves a card by keyboard alone', async (test) => {
    const page = await atToday(test);
    await burnByKeyboard(page, { node: 'titan-13', drive: 'sd-32' });
    await expectAccessible(page);
    await shoot(page, 'desktop-proof');
  });

  it('has every page, without a serious violation', async (test) => {
    const page = await atToday(test);
    const found: string[] = [];
    const look = async (name: string) => {
      found.push(...(await seriousViolations(page)).map((one) => `${name}: ${one}`));
    };
    await visitEveryPage(page, look);
    await readUnknownPage(page);
    await look('no such page');
    expect(found).toEqual([]);
  });

  it("finds a node's card by the palette and the keyboard", async (test) => {
    await findNodeByPalette(await atToday(test), 'titan-15');
  });

  it('speaks another language when it is chosen, and after a reload', async (test) => {
    const page = await atToday(test);
    await changeLanguage(page, () => expectAccessible(page));
  });

  it('says why a plan cannot be made', async (test) => {
    const page = await atToday(test);
    await readRefusedPlan(page, 'titan-15', 'sd-small', /^(TARGET_TOO_SMALL|IMAGE_TOO_LARGE)$/);
    await expectAccessible(page);
  });

  it('shows the log, and copies the diagnostics', async (test) => {
    const page = await atToday(test);
    await openLog(page);
    const copied = await copyDiagnostics(page);
    expect(copied).toContain('Sifaka diagnostics');
    expect(copied).toMatch(/Opened +electron/);
  });

  it('attaches to a burn that went on without it, and verifies the card', async (test) => {
    const before = await atToday(test);
    await startBurn(before, 'titan-15', 'sd-1', async () => app?.holdCardWrites());
    await app?.closeWindow();
    const page = await app?.openWindow();
    if (page === undefined) throw new Error('there is no window');
    await attachToJob(page, 'titan-15');
    await page.reload();
    await isMaking(page);
    await app?.releaseCardWrites();
    await isProven(page, 'titan-15');
    await verifyAgain(page, 'titan-15');
    await isProvenAgain(page);
  });
});
