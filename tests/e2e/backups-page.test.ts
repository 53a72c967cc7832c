import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { backupsLab, hostileName, manyArchivesLab } from './backup-labs.ts';
import { openTab } from './browser.ts';
import { startApp } from './running-app.ts';
import { setupStage } from './stage.ts';

const stage = setupStage();

describe('the page of the backups', () => {
  it('says guest by guest whether it could be restored tonight, the worst first, and why not', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page, untouched: true, prepare: backupsLab });
    const { page, context, complaints } = await openTab(chromium, 'light');
    await page.goto(app.host.url);
    await page.getByText('The backups of 4 guests are bad.').waitFor();
    await page.getByRole('link', { name: 'Backups', exact: true }).click();
    const rows = page.getByRole('table', { name: 'Guests', exact: true }).locator('tbody tr');
    await rows.first().waitFor();
    expect(await cells(page, 0)).toEqual([
      ...Array(4).fill('Bad'),
      'Unknown',
      ...Array(2).fill('Warning'),
      ...Array(3).fill('Good'),
      'Excluded',
    ]);
    expect(await page.getByRole('list', { name: 'Guests by state' }).innerText()).toContain(
      '4 guests are bad',
    );
    const why = await cells(page, 2);
    expect(why[0]).toContain('the rule everyone allows 26 h');
    expect(why[0]).toContain('sifaka backups run baobab/104');
    expect(why.filter((text) => text.includes('Nothing is wrong'))).toHaveLength(3);
    // What is not known, and what belongs to nobody, has its place, too.
    await page.getByText('Nothing answers at 192.168.22.73.').last().waitFor();
    await page
      .getByRole('table', { name: 'Archives of guests that are gone' })
      .getByText('old-wiki')
      .waitFor();
    expect(await page.getByRole('table', { name: 'Files of no guest' }).locator('tbody tr').count()).toBe(2);
    expect(await page.getByRole('table', { name: 'Places' }).innerText()).toMatch(
      /storage:nas.*in\s\d+\sdays/s,
    );

    // A name is text, whatever is in it.
    await rows.getByRole('link', { name: '<img src=x onerror=alert(1)>' }).click();
    await page.getByRole('heading', { name: '<img src=x', level: 1 }).waitFor();
    expect(await page.locator('main h1').innerText()).toBe(
      hostileName.replace('\u001b', '\\u{1b}').replace('\u202e', '\\u{202e}'),
    );
    expect(await page.locator('main :is(img, b, i)').count()).toBe(0);
    expect(await page.locator('.reasons').innerText()).toContain('Its backups leave out <i>scsi1</i>.');
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('has a calendar that is gone through by keyboard, and says each of its days in words', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page, untouched: true, prepare: backupsLab });
    const { page, context } = await openTab(chromium, 'light');
    await page.goto(app.host.url);
    await page.getByRole('link', { name: 'Backups', exact: true }).click();
    const grid = page.getByRole('grid', { name: 'Backups by guest and day' });
    await grid.waitFor();
    expect(await grid.locator('td[tabindex="0"]').count()).toBe(1);
    await grid.locator('td[tabindex="0"]').focus();
    await page.keyboard.press('Home');
    expect(await focused(page)).toMatch(/^\d+ \w+: before its first backup$/);
    await page.keyboard.press('End');
    for (let day = 0; day < 10; day += 1) await page.keyboard.press('ArrowLeft');
    expect(await focused(page)).toMatch(/missing: it was due, and nothing ran$/);
    await page.keyboard.press('ArrowDown');
    expect(await focused(page)).toMatch(/: backed up$/);
    const mail = grid.getByRole('row').filter({ hasText: 'mail' });
    expect(await mail.getByRole('rowheader').textContent()).toMatch(
      /Of the last 56 days: 9 backed up, 0 with something wrong, 0 failed, \d+ missing/,
    );
    // A page that is gone to is read from its top.
    await mail.getByRole('link').scrollIntoViewIfNeeded();
    expect(Number(await page.evaluate('scrollY'))).toBeGreaterThan(100);
    // What the colours mean stands in the squares, too.
    expect(await mail.locator('[data-state="missing"]').first().textContent()).toBe('–');
    await mail.getByRole('link').click();
    await page.getByRole('heading', { name: 'mail', level: 1 }).waitFor();
    await expect.poll(() => page.evaluate('scrollY')).toBe(0);
    await context.close();
  });

  it('asks nobody for a viewer, who sees the same', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page, untouched: true, prepare: backupsLab });
    const { page, context } = await openTab(chromium, 'light');
    await page.goto(app.host.urls.viewer);
    await page.getByRole('link', { name: 'Backups', exact: true }).click();
    await page.getByRole('table', { name: 'Guests', exact: true }).waitFor();
    expect(await page.getByRole('button', { name: 'Ask the nodes' }).isDisabled()).toBe(true);
    await context.close();
  });
});

describe('ten thousand archives', () => {
  it('are all there, with only those in sight drawn', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page, untouched: true, prepare: manyArchivesLab });
    const { page, context, complaints } = await openTab(chromium, 'light');
    await page.goto(app.host.url);
    await page.locator('h1').waitFor();
    await page.evaluate("location.hash = '#/backups/archives'");
    const table = page.getByRole('table', { name: 'Archives' });
    await table.locator('.archive-row').first().waitFor({ timeout: 60_000 });
    expect(await table.getAttribute('aria-rowcount')).toBe('10001');
    await page.getByText(/^10.000 archives, /).waitFor();

    const list = page.getByRole('region', { name: 'Archives' });
    await list.hover();
    const drawn: number[] = [];
    const seen = new Set<string | null>();
    for (let step = 0; step < 40; step += 1) {
      await page.mouse.wheel(0, step < 30 ? 2_000 : 20_000);
      await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
      drawn.push(await table.locator('.archive-row').count());
      seen.add(await table.locator('.archive-row').last().getAttribute('aria-rowindex'));
    }
    expect(Math.max(...drawn)).toBeLessThan(60);
    expect(Math.min(...drawn)).toBeGreaterThan(5);
    expect(seen.size).toBeGreaterThan(20);

    await list.focus();
    await page.keyboard.press('End');
    await table.locator('[aria-rowindex="10001"]').waitFor();
    await page.keyboard.press('Home');
    await table.locator('[aria-rowindex="2"]').waitFor();

    await page.getByRole('searchbox', { name: 'Find an archive' }).fill('guest-42 ');
    await page.getByText(/^100 archives, /).waitFor();
    await page.getByRole('searchbox', { name: 'Find an archive' }).fill('');
    await table.getByRole('button', { name: 'Size' }).click();
    expect(await table.getByRole('columnheader', { name: 'Size' }).getAttribute('aria-sort')).toBe(
      'descending',
    );
    expect(complaints).toEqual([]);
    await context.close();
  });
});

/** The texts of one column of the table of guests. */
function cells(page: Page, column: number): Promise<string[]> {
  return page
    .getByRole('table', { name: 'Guests', exact: true })
    .locator(`tbody tr > td:nth-child(${column + 1})`)
    .allInnerTexts();
}

async function focused(page: Page): Promise<string> {
  return String(await page.evaluate("document.activeElement?.getAttribute('aria-label')"));
}
