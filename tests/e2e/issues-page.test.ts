import { describe, expect, it } from 'vitest';
import { openTab } from './browser.ts';
import { startApp } from './running-app.ts';
import { setupStage } from './stage.ts';

const stage = setupStage();

const markup = '<img src=x onerror=alert(1)> <b>bold</b> [a](javascript:alert(1)) https://evil.example';

describe('the issues of a lab', () => {
  it('are text whatever is in them, and closed with a note or refused with what to run', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page, untouched: true });
    const { page, context, complaints } = await openTab(chromium, 'light');
    await page.goto(app.host.url);
    await page.getByRole('link', { name: 'Issues' }).click();
    await page.getByRole('heading', { name: 'Nothing is known to be wrong' }).waitFor();

    const evidence = [{ title: markup, text: `${markup}\n\u001b[2J\u202edesrever` }];
    await app.client.issues.open({
      title: markup,
      nodes: ['baobab'],
      sections: { summary: markup, evidence },
    });
    const proven = { title: 'Frames are lost', nodes: ['baobab', 'ebony'], check: 'bridge' };
    await app.client.issues.open(proven);
    await page.reload();
    const rows = page.getByRole('table', { name: 'Issues' }).locator('tbody tr');
    await expect.poll(() => rows.count()).toBe(2);
    await rows.getByRole('link', { name: '<img src=x' }).click();
    await page.getByRole('heading', { name: 'Evidence' }).waitFor();
    expect(await page.locator('.issue-text').innerText()).toContain(`${markup}\n[2Jdesrever`);
    expect(await page.locator('main :is(img, b), .issue-text a').count()).toBe(0);

    await page.getByRole('button', { name: 'Close…' }).click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.getByRole('button', { name: 'Close the issue' }).isDisabled()).toBe(true);
    await dialog.getByLabel('Note').fill('It was a hoax.');
    await dialog.getByRole('button', { name: 'Close the issue' }).click();
    await page.getByText('It was a hoax.').waitFor();
    await page.locator('.facts .state-ok').waitFor();
    expect(await page.getByRole('button', { name: 'Close…' }).count()).toBe(0);

    await page.getByRole('link', { name: 'See every issue' }).click();
    await rows.getByRole('link', { name: 'Frames are lost' }).click();
    await page.getByRole('button', { name: 'Close…' }).click();
    await dialog.getByRole('button', { name: 'Close the issue' }).click();
    await dialog.getByText('ISSUE_NOT_PROVEN').waitFor();
    expect(await dialog.innerText()).toContain('sifaka bridge check');
    const { issues } = await app.client.issues.list();
    expect(issues.map(({ state }) => state)).toEqual(['open', 'closed']);
    expect(complaints).toEqual([]);
    await context.close();
  });
});
