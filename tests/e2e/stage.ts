import type { Browser } from 'playwright';
import { afterAll, beforeAll, inject, type TestContext } from 'vitest';
import { launchBrowser } from '../rig/chromium.ts';
import { requireBrowser } from './browser.ts';

/** The page that is built once for all files (page-of-all-files.ts), and one browser for all tests of a file; call it once, at the top. */
export function setupStage() {
  let browser: Browser | undefined;

  beforeAll(async () => {
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
  });

  return {
    /** Skips the test loudly where there is no browser. */
    browser: (test: TestContext): Browser => requireBrowser(test, browser),
    get page(): string {
      return inject('builtPage');
    },
  };
}
