import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, Page } from 'playwright';
import { expect, type TestContext } from 'vitest';
import { chromiumPath } from '../rig/chromium.ts';
import { unproven } from '../rig/required-tools.ts';

const screenshots = join(import.meta.dirname, '../../test-results');

export function requireBrowser(context: TestContext, browser: Browser | undefined): Browser {
  return browser ?? unproven(context, `needs ${chromiumPath}`);
}

export type Look = 'light' | 'dark' | 'high-contrast';

export interface Tab {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Everything the page complained about: uncaught errors, console errors, violations of its own policy. */
  readonly complaints: string[];
}

export async function openTab(browser: Browser, look: Look = 'light', language = 'en-US'): Promise<Tab> {
  const context = await browser.newContext({
    locale: language,
    viewport: { width: 1280, height: 860 },
    colorScheme: look === 'dark' ? 'dark' : 'light',
    contrast: look === 'high-contrast' ? 'more' : 'no-preference',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints: string[] = [];
  // Chromium's console is silent about an eval that was refused and caught.
  await page.addInitScript(`addEventListener('securitypolicyviolation', (violation) =>
    console.error('against the policy: ' + violation.violatedDirective + ' ' + violation.blockedURI))`);
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  return { page, context, complaints };
}

/** For people to look at: `test-results/<name>.png`. */
export async function shoot(page: Page, name: string): Promise<void> {
  await mkdir(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`) });
}

/**
 * What axe finds on what is shown now, without the moderate and the minor. In its legacy mode: the other one gathers the
 * results of frames, which our pages have none of, in a second page, which Electron does not open.
 */
export async function seriousViolations(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .options({ resultTypes: ['violations'] })
    .setLegacyMode()
    .analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join('\n')}`,
    );
}

/** axe finds nothing serious or critical on what is shown now. */
export async function expectAccessible(page: Page): Promise<void> {
  expect(await seriousViolations(page)).toEqual([]);
}
