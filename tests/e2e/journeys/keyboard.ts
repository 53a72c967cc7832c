import type { Page } from 'playwright';
import { expect } from 'vitest';

/** What has the focus now, by role and name as in `button "Go on with titan-13"`. */
export function focused(page: Page): Promise<string> {
  return page.locator(':focus').ariaSnapshot();
}

/** The page moves the focus here by itself. */
export async function focusIsOn(page: Page, wanted: RegExp): Promise<void> {
  await expect.poll(() => focused(page), { timeout: 20_000 }).toMatch(wanted);
}

/** Presses Tab until what has the focus is this. */
export async function tabTo(page: Page, wanted: RegExp): Promise<void> {
  const seen: string[] = [];
  // More stops than any page of ours has.
  while (seen.length < 150) {
    await page.keyboard.press('Tab');
    const now = await focused(page);
    if (wanted.test(now)) return;
    seen.push(now);
  }
  throw new Error(`Tab never reached ${String(wanted)}, only:\n${[...new Set(seen)].join('\n')}`);
}

export async function tabToAndPress(page: Page, wanted: RegExp): Promise<void> {
  await tabTo(page, wanted);
  await page.keyboard.press('Enter');
}
