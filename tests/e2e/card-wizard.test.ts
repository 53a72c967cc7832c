import { open } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { expectAccessible, openTab, shoot } from './browser.ts';
import { burnByKeyboard } from './journeys/card-by-keyboard.ts';
import { startApp } from './running-app.ts';
import { setupStage } from './stage.ts';

const stage = setupStage();

describe('the card wizard against the real host', () => {
  it('burns and proves a card by keyboard alone', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page });
    const { page, context, complaints } = await openTab(chromium);
    await page.goto(app.host.url);
    await page.getByRole('heading', { name: 'First on a new lab' }).waitFor();
    expect(page.url()).not.toContain('token');
    await burnByKeyboard(page, { node: 'titan-13', drive: 'sd-32' }, async (at) => {
      await expectAccessible(page);
      await shoot(page, `wizard-${at}`);
      if (at !== '3-review') return;
      const target = { kind: 'virtual-drive', name: 'sd-32' } as const;
      const { plan } = await app.client.cards.plan({ node: 'titan-13', target });
      // The page's own sentence, which can be German, is the plan's.
      await page.getByText(plan.erases, { exact: true }).waitFor();
      for (const change of plan.changes) {
        await page.getByRole('table').getByText(change.path, { exact: true }).first().waitFor();
      }
    });

    // What the page calls proven is what the receipt on disk says.
    await page.getByText(/power it on/).waitFor();
    const [receipt] = await app.client.cards.receipts({ node: 'titan-13' });
    expect(receipt).toBeDefined();
    await page.getByText(receipt?.id ?? 'no receipt').waitFor();
    expect(receipt?.verifiedBytes).toBeGreaterThan(0);
    // An image with a partition table: the boot signature of its first sector.
    expect(await bytesAt(receipt?.target.path ?? '', 510, 2)).toEqual(Buffer.from([0x55, 0xaa]));
    expect(complaints).toEqual([]);
    await context.close();
  });
});

async function bytesAt(file: string, offset: number, length: number): Promise<Buffer> {
  await using handle = await open(file);
  const { buffer } = await handle.read(Buffer.alloc(length), 0, length, offset);
  return buffer;
}
