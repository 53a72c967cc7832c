import type { Page } from 'playwright';

/** From anywhere to the page of the backups, when it says what is known. */
export async function lookAtBackups(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Backups', exact: true }).first().click();
  await page.getByRole('heading', { name: 'Backups', level: 1, exact: true }).waitFor();
  await page.getByRole('table', { name: 'Guests', exact: true }).waitFor();
}

/** A job of the backups until its proof is there. */
export async function runToProof(page: Page): Promise<void> {
  await page.locator('.wizard-step[data-state="current"]', { hasText: 'Proof' }).waitFor({ timeout: 60_000 });
  await page.locator('.state-list').waitFor();
}
