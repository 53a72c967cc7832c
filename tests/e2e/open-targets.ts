import type { Page } from 'playwright';

/** To the burn wizard's second step, from wherever the page is. */
export async function openTargets(page: Page, node: string): Promise<void> {
  await page.getByRole('link', { name: 'Cards', exact: true }).click();
  await page.getByRole('button', { name: `Burn a card for ${node}` }).click();
  await page.getByRole('heading', { name: 'Where is it written?' }).waitFor();
}
