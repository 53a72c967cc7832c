import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { openTab } from './browser.ts';
import { startApp } from './running-app.ts';
import { setupStage } from './stage.ts';

const stage = setupStage();

/** Roles of which a screen reader says little more than the name: without one, it says nothing. */
const named = new Set([
  'button',
  'checkbox',
  'columnheader',
  'combobox',
  'complementary',
  'dialog',
  'heading',
  'image',
  'link',
  'listbox',
  'menu',
  'menuitem',
  'meter',
  'navigation',
  'option',
  'progressbar',
  'radio',
  'radiogroup',
  'region',
  'searchbox',
  'spinbutton',
  'table',
  'textbox',
]);

/** Of Chromium's accessibility tree: https://chromedevtools.github.io/devtools-protocol/tot/Accessibility/ */
interface AccessibilityNode {
  readonly ignored: boolean;
  readonly role?: { readonly value?: unknown };
  readonly name?: { readonly value?: unknown };
  readonly backendDOMNodeId?: number;
}

/** What Chromium tells a screen reader without a name, as the markup it came from. */
async function nameless(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = (await session.send('Accessibility.getFullAXTree')) as { nodes: AccessibilityNode[] };
  const found = nodes.filter(
    ({ ignored, role, name }) => !ignored && named.has(String(role?.value)) && !name?.value,
  );
  const markup = await Promise.all(
    found.map(async ({ role, backendDOMNodeId }) => {
      const { outerHTML } = await session.send('DOM.getOuterHTML', { backendNodeId: backendDOMNodeId ?? 0 });
      return `${String(role?.value)}: ${outerHTML.slice(0, 200)}`;
    }),
  );
  await session.detach();
  return markup;
}

describe('what a screen reader is told', () => {
  it('has a name on every page', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page });
    await app.client.drives.createVirtual({ name: 'sd-1', size: 1 << 28 });
    const { page, context } = await openTab(chromium);
    await page.goto(app.host.url);
    const problems: string[] = [];
    const look = async (name: string, ready: string | RegExp) => {
      await page.getByText(ready).first().waitFor();
      await expect.poll(() => page.locator('.waiting').count(), { timeout: 30_000 }).toBe(0);
      problems.push(...(await nameless(page)).map((one) => `${name}: ${one}`));
    };
    const open = async (address: string, heading: string) => {
      await page.evaluate(`location.hash = '#/${address}'`);
      await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
      await look(address, heading);
    };
    await look('today', 'First on a new lab');
    await open('cards', 'Cards');
    await open('cards/node/titan-13', 'titan-13');
    await open('jobs', 'Jobs');
    await open('logbook', 'Logbook');
    await open('lab', 'Lab');
    await open('log', 'Log');
    await open('nowhere', 'There is no such page');
    await open('cards/burn/node', 'Burn a recovery card');
    await page.getByRole('button', { name: 'Go to…' }).click();
    await look('palette', 'Burn a card for titan-13');
    await page.keyboard.type('burn titan-13');
    await page.keyboard.press('Enter');
    await look('target', 'virtual drive sd-1');
    await page.getByRole('button', { name: 'New virtual drive' }).click();
    await look('new drive', 'Name');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('radio', { name: /sd-1/ }).check();
    await page.getByRole('button', { name: 'Review what would happen' }).click();
    await look('review', 'What will be erased');
    await page.getByRole('button', { name: /^Erase/ }).click();
    await page.getByRole('heading', { name: /Proven: this card is/ }).waitFor({ timeout: 60_000 });
    await look('proof', /Proven: this card is/);
    await open('jobs', 'Jobs');
    await open('logbook', 'Logbook');
    await open('today', 'Today');
    await page.getByRole('button', { name: 'Appearance' }).click();
    await look('appearance', 'High contrast');
    expect(problems).toEqual([]);
    await context.close();
  });
});
