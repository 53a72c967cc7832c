import type { Page } from 'playwright';
import { expect } from 'vitest';
import { focusIsOn } from './keyboard.ts';

/** From anywhere, by keyboard: opens the palette, types, and takes what it offers first. */
export async function goByPalette(page: Page, words: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').waitFor();
  await page.keyboard.type(words);
  await page.getByRole('option').first().waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

/** By keyboard alone: finds a node by its name, and goes to the step of the wizard that asks where its card is written. */
export async function findNodeByPalette(
  page: Page,
  node: string,
  stop: (at: 'open' | 'found') => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const [show, burn] = [new RegExp(`^Show ${node}`), `Burn a card for ${node}`];
  await page.keyboard.press('Control+k');
  await focusIsOn(page, /combobox "Page, wizard, node or job"/);
  await page.getByRole('option', { name: show }).waitFor();
  expect(await page.getByRole('group', { name: 'Nodes' }).count()).toBe(1);
  await stop('open');

  await page.keyboard.type(node);
  await expect.poll(() => active(page), { timeout: 20_000 }).toMatch(show);
  await page.getByRole('option', { name: burn }).waitFor();
  await page.keyboard.press('ArrowDown');
  expect(await active(page)).toBe(burn);
  await stop('found');
  await page.keyboard.press('Enter');

  await page.getByRole('heading', { name: 'Where is it written' }).waitFor();
  await focusIsOn(page, /heading "Where is it written/);
  expect(await page.getByRole('dialog').count()).toBe(0);
  await page.getByRole('complementary').getByText(node).first().waitFor();
}

/** What a screen reader was told about the results. */
export async function paletteStatus(page: Page): Promise<string | null> {
  return page.getByRole('dialog').getByRole('status').textContent();
}

/** The label of the option that the field names as its active one. */
export async function active(page: Page): Promise<string> {
  const id = await page.getByRole('combobox').getAttribute('aria-activedescendant');
  const option = page.locator(`[id="${id ?? ''}"][aria-selected="true"]`);
  return option.locator('.palette-label').innerText();
}
