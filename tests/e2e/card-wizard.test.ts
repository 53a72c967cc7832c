import { open } from 'node:fs/promises';
import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { expectAccessible, type Look, openTab, shoot, tabTo } from './browser.ts';
import { startApp } from './running-app.ts';
import { setupStage } from './stage.ts';

const stage = setupStage();

describe('the card wizard against the real host', () => {
  for (const look of ['light', 'dark'] as const satisfies Look[]) {
    it(`burns and proves a card by keyboard alone, ${look}`, async (test) => {
      const chromium = stage.browser(test);
      await using app = await startApp({ page: stage.page });
      const { page, context, complaints } = await openTab(chromium, look);
      const screen = async (name: string) => {
        await expectAccessible(page);
        await shoot(page, `wizard-${name}-${look}`);
      };

      await page.goto(app.host.url);
      await page.getByRole('heading', { name: 'First on a new lab' }).waitFor();
      expect(page.url()).not.toContain('token');
      await screen('0-today');

      await tabTo(page, /link "Cards"/);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Cards', level: 1 }).waitFor();
      await tabTo(page, /button "Burn a card"/);
      await page.keyboard.press('Enter');

      // Choose node: the heading has the focus, the filter narrows, the arrow keys choose, Enter goes on.
      await focusIsOn(page, /Which node is the card for/);
      await tabTo(page, /searchbox "Filter nodes"/);
      await page.keyboard.type('titan-13');
      await tabTo(page, /radio "titan-13"/);
      await page.keyboard.press('Space');
      await screen('1-node');
      await page.keyboard.press('Enter');

      // Choose target: none is there yet, so one is made.
      await focusIsOn(page, /Where is it written/);
      await tabTo(page, /button "New virtual drive"/);
      await page.keyboard.press('Enter');
      await focusIsOn(page, /textbox "Name"/);
      await page.keyboard.press('ControlOrMeta+a');
      await page.keyboard.type('sd-32');
      await page.keyboard.press('Enter');
      await page.getByRole('radio', { name: /sd-32/, checked: true }).waitFor();
      await screen('2-target');
      await tabTo(page, /button "Review what would happen"/);
      await page.keyboard.press('Enter');

      // Review: what is erased, every file, and a button that says so.
      await focusIsOn(page, /Review what will happen/);
      await page.getByRole('heading', { name: 'What will be erased' }).waitFor();
      const planned = await app.client.cards.plan({
        node: 'titan-13',
        target: { kind: 'virtual-drive', name: 'sd-32' },
      });
      // The page's own sentence, which can be German, is the plan's.
      await page.getByText(planned.plan.erases, { exact: true }).waitFor();
      for (const change of planned.plan.changes) {
        await page.getByRole('table').getByText(change.path, { exact: true }).first().waitFor();
      }
      await screen('3-review');
      await shoot(page, `wizard-3-review-${look}`);
      await tabTo(page, /button "Erase .*sd-32 and burn titan-13"/);
      await page.keyboard.press('Enter');

      // Run and proof: what the page calls proven is what the receipt on disk says.
      await page.getByRole('heading', { name: /Proven: this card is titan-13/ }).waitFor({ timeout: 60_000 });
      await focusIsOn(page, /Proven: this card is/);
      await page.getByText(/power it on/).waitFor();
      await screen('5-proof');
      const [receipt] = await app.client.cards.receipts({ node: 'titan-13' });
      expect(receipt).toBeDefined();
      await page.getByText(receipt?.id ?? 'no receipt').waitFor();
      expect(receipt?.verifiedBytes).toBeGreaterThan(0);
      // An image with a partition table: the boot signature of its first sector.
      expect(await bytesAt(receipt?.target.path ?? '', 510, 2)).toEqual(Buffer.from([0x55, 0xaa]));

      expect(complaints).toEqual([]);
      await context.close();
    });
  }
});

async function bytesAt(file: string, offset: number, length: number): Promise<Buffer> {
  await using handle = await open(file);
  const { buffer } = await handle.read(Buffer.alloc(length), 0, length, offset);
  return buffer;
}

async function focusIsOn(page: Page, wanted: RegExp) {
  await expect.poll(() => page.locator(':focus').ariaSnapshot()).toMatch(wanted);
}
