import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
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

/** For people to look at: `test-results/<name>.png`. In CI nobody does. */
export async function shoot(page: Page, name: string): Promise<void> {
  if (process.env['CI'] === 'true') return;
  await mkdir(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`) });
}

/** Axe for browsers, which puts itself into the page it is evaluated in; half a megabyte, so once for each page. */
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The rules of axe for which a look matters, of those that are on unless told: its category `color`. */
const rulesOfColors = ['color-contrast', 'link-in-text-block'];

/**
 * What axe finds on what is shown now, without the moderate and the minor. Our pages have no frames for it to look into.
 */
export async function seriousViolations(
  page: Page,
  { onlyColors = false }: { readonly onlyColors?: boolean } = {},
): Promise<string[]> {
  const isThere = await page.evaluate("typeof globalThis.axe?.run === 'function'");
  if (isThere !== true) await page.evaluate(`${axeSource}; undefined`);
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run(document, ${JSON.stringify({
      resultTypes: ['violations'],
      ...(onlyColors && { runOnly: { type: 'rule', values: rulesOfColors } }),
    })})`,
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary ?? ''}`).join('\n')}`,
    );
}

/** axe finds nothing serious or critical on what is shown now. */
export async function expectAccessible(page: Page): Promise<void> {
  expect(await seriousViolations(page)).toEqual([]);
}
