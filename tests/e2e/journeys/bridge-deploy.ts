import type { Locator, Page } from 'playwright';

/** From anywhere to the bridge's page, when its nodes have said how they are. */
export async function lookAtBridge(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Bridge', exact: true }).first().click();
  // The end of a job has such a table, too.
  await page.getByRole('heading', { name: 'Bridge', level: 1, exact: true }).waitFor();
  await page.getByRole('table', { name: 'Nodes and ports' }).waitFor({ timeout: 60_000 });
}

/** From the bridge's page through the wizard to the review of what this design would change. */
export async function reviewDeploy(page: Page, design: string, windowSeconds = 120): Promise<void> {
  await page.getByRole('button', { name: 'Deploy a design' }).click();
  await page.getByRole('radio', { name: new RegExp(`^${design}\\b`) }).check();
  await page.getByLabel('Seconds until a node goes back by itself').fill(String(windowSeconds));
  await page.getByRole('button', { name: 'Review what would change' }).click();
  await page.getByRole('heading', { name: 'Review what will change' }).waitFor();
  await deployButton(page, design).waitFor();
}

export function deployButton(page: Page, design: string): Locator {
  return page.getByRole('button', { name: `Deploy ${design} to baobab, ebony and tapia` });
}

/** The lanes of a deploy that runs, each with the time after which its node goes back by itself. */
export async function isArmed(page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'Deploying' }).waitFor();
  await page
    .getByRole('list', { name: 'Nodes' })
    .getByText(/goes back by itself in \d+ s/)
    .nth(2)
    .waitFor({ timeout: 60_000 });
}
