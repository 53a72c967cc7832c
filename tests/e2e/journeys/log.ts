import type { Page } from 'playwright';

/** From anywhere, by way of the lab. */
export async function openLog(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Lab', exact: true }).click();
  await page.getByRole('link', { name: 'Log and diagnostics' }).click();
  await page.getByRole('heading', { name: 'Log', level: 1 }).waitFor();
}

/** On the log's page; answers what the page says was copied. */
export async function copyDiagnostics(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Copy diagnostics' }).click();
  await page.getByText(/^Copied: \d+\slines\. Read them before you share them\.$/).waitFor();
  return page.getByLabel('The diagnostics').inputValue();
}
