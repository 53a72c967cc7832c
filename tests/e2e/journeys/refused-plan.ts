import type { Page } from 'playwright';
import { expect } from 'vitest';
import { planned, reviewBurn } from './card-job.ts';

/** A review that cannot be shown: says why, by words and by code, and keeps its red button shut. */
export async function readRefusedPlan(page: Page, node: string, drive: string, code: RegExp): Promise<void> {
  await reviewBurn(page, node, drive);
  await page.getByRole('alert').getByText(code).waitFor(planned);
  await expect.poll(() => page.getByRole('button', { name: /^Erase/ }).isDisabled()).toBe(true);
}
