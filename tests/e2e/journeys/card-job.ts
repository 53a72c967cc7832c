import { expect } from 'vitest';
import type { Locator, Page } from 'playwright';
import { openTargets } from '../open-targets.ts';

/** For what a review shows: the first plan of a lab reads its image and takes it apart, which is long on a busy machine. */
export const planned = { timeout: 60_000 } as const;

/** Through the wizard with the mouse, up to what will happen; the keyboard's way is card-by-keyboard.ts. */
export async function reviewBurn(page: Page, node: string, drive: string): Promise<void> {
  await openTargets(page, node);
  await page.getByRole('radio', { name: new RegExp(drive) }).check();
  await page.getByRole('button', { name: 'Review what would happen' }).click();
}

export function burnButton(page: Page, node: string, drive: string): Locator {
  return page.getByRole('button', { name: new RegExp(`^Erase .*${drive} and burn ${node}`) });
}

/** Up to the moment at which the card is being made. `ready`: right before the click, when the image is unpacked. */
export async function startBurn(
  page: Page,
  node: string,
  drive: string,
  ready: () => Promise<unknown> = async () => undefined,
): Promise<void> {
  await reviewBurn(page, node, drive);
  await expect.poll(() => burnButton(page, node, drive).isEnabled(), planned).toBe(true);
  await ready();
  await burnButton(page, node, drive).click();
  await isMaking(page);
}

export async function isMaking(page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'Making the card' }).waitFor();
}

/** From another page than the one that started it, by the list of jobs. */
export async function attachToJob(page: Page, node: string): Promise<void> {
  await page.getByRole('link', { name: /^Jobs/ }).click();
  await page
    .getByRole('link', { name: new RegExp(`Burn ${node}`) })
    .first()
    .click();
  await isMaking(page);
  await page.getByRole('img', { name: /Map of the card/ }).waitFor();
}

export async function isProven(page: Page, node: string): Promise<void> {
  await page
    .getByRole('heading', { name: new RegExp(`Proven: this card is ${node}`) })
    .waitFor({ timeout: 120_000 });
}

/** From anywhere, asks that the node's newest card is read back once more; says nothing of the result. */
export async function verifyAgain(page: Page, node: string): Promise<void> {
  await page.getByRole('link', { name: 'Cards', exact: true }).click();
  await page.getByRole('link', { name: node, exact: true }).click();
  await page.getByRole('button', { name: /Verify .* again/ }).click();
}

export async function isProvenAgain(page: Page): Promise<void> {
  await page.getByRole('heading', { name: /Proven again/ }).waitFor({ timeout: 60_000 });
}
