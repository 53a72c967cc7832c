import type { Browser } from 'playwright';
import { afterAll, beforeAll, type TestContext } from 'vitest';
import { launchBrowser } from '../rig/chromium.ts';
import { requireBrowser } from './browser.ts';
import { buildPage } from './built-page.ts';

/** The built page and one browser for all tests of a file; call it once, at the top. */
export function setupStage() {
  let browser: Browser | undefined;
  let built: Awaited<ReturnType<typeof buildPage>>;

  beforeAll(async () => {
    built = await buildPage();
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await built.remove();
  });

  return {
    /** Skips the test loudly where there is no browser. */
    browser: (test: TestContext): Browser => requireBrowser(test, browser),
    get page(): string {
      return built.folder;
    },
  };
}
