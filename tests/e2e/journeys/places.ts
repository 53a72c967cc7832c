import type { Locator, Page } from 'playwright';
import { expect } from 'vitest';

/** A new document at Today, with nothing open and nothing left on it from before. */
export async function startOver(page: Page): Promise<void> {
  await page.evaluate("location.hash = '#/today'");
  await page.reload();
  await page.getByRole('heading', { name: 'Today', level: 1 }).waitFor();
}

/** The pages of the rail, by name. */
export async function railPages(page: Page): Promise<string[]> {
  const names = await rail(page).getByRole('link').allTextContents();
  expect(names.length).toBeGreaterThanOrEqual(5);
  // Jobs says how many run.
  return names.map((name) => name.replace(/\d.*/, ''));
}

function rail(page: Page): Locator {
  return page.getByRole('navigation', { name: 'Pages' });
}

/** Reaches every page by the rail, and looks at each when all that it waits for is there. */
export async function visitEveryPage(page: Page, look: (name: string) => Promise<void>): Promise<void> {
  for (const name of await railPages(page)) {
    await rail(page)
      .getByRole('link', { name: new RegExp(`^${name}`) })
      .click();
    await page.getByRole('heading', { name, level: 1, exact: true }).waitFor();
    await expect.poll(() => page.locator('.waiting').count(), { timeout: 30_000 }).toBe(0);
    await look(name);
  }
}

/** An address that leads nowhere, as an old link may. */
export async function readUnknownPage(page: Page): Promise<void> {
  await page.evaluate("location.hash = '#/nowhere'");
  await page.getByRole('heading', { name: 'There is no such page', level: 1 }).waitFor();
}
