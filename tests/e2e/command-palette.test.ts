import { describe, expect, it } from 'vitest';
import { expectAccessible, openTab, shoot } from './browser.ts';
import { focused } from './journeys/keyboard.ts';
import { active, findNodeByPalette, goByPalette, paletteStatus } from './journeys/palette.ts';
import { railPages } from './journeys/places.ts';
import { editInventory } from './large-image.ts';
import { startApp } from './running-app.ts';
import { setupStage } from './stage.ts';

const stage = setupStage();

describe('the command palette', () => {
  it("goes to a node's card by keyboard alone", async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page });
    const { page, context, complaints } = await openTab(chromium);
    await page.goto(app.host.url);
    await page.getByRole('heading', { name: 'Today' }).waitFor();
    await findNodeByPalette(page, 'titan-13', async (at) => {
      await shoot(page, `palette-${at}`);
      await expectAccessible(page);
      if (at !== 'found') return;
      await expect.poll(() => paletteStatus(page)).toBe('2\u00a0results');
      // Around the end and back.
      await page.keyboard.press('ArrowDown');
      expect(await active(page)).toMatch(/^Show titan-13/);
      await page.keyboard.press('ArrowUp');
      expect(await active(page)).toBe('Burn a card for titan-13');
    });
    // It went there, and started nothing.
    expect(await app.client.jobs.list()).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('reaches every page, the wizard, a node and a job', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page });
    const title = await burnACard(app);
    const { page, context, complaints } = await openTab(chromium);
    await page.goto(app.host.url);
    await page.getByRole('heading', { name: 'Today' }).waitFor();
    for (const name of await railPages(page)) {
      await goByPalette(page, name);
      await page.getByRole('heading', { name, level: 1 }).waitFor();
      // Whoever reads on with Tab starts in the page, not in the rail.
      expect(await page.locator('main:focus').count()).toBe(1);
    }
    await goByPalette(page, 'burn a recovery');
    await page.getByRole('heading', { name: /Which node is the card for/ }).waitFor();
    await goByPalette(page, 'show titan-13');
    await page.getByRole('heading', { name: 'titan-13', level: 1 }).waitFor();
    await goByPalette(page, title);
    await page.getByRole('heading', { name: title, level: 1 }).waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('leaves everything as it was when it is closed', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page });
    const { page, context } = await openTab(chromium);
    await page.goto(app.host.url);
    await page.getByRole('link', { name: 'Lab', exact: true }).click();
    await page.getByRole('heading', { name: 'Lab', level: 1 }).waitFor();
    const button = page.getByRole('button', { name: 'Go to' });
    for (const close of ['Escape', 'Control+k']) {
      await button.click();
      await page.getByRole('combobox').waitFor();
      await page.keyboard.type('nothing is called this');
      await expect.poll(() => paletteStatus(page)).toBe('Nothing is called “nothing is called this”.');
      await page.keyboard.press('Enter');
      await page.keyboard.press(close);
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      expect(await focused(page)).toMatch(/button "Go to…"/);
      expect(new URL(page.url()).hash).toBe('#/lab');
    }
    await context.close();
  });

  it('does not open over a dialog that waits for an answer', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page, untouched: true });
    const { page, context } = await openTab(chromium);
    await page.goto(app.host.url);
    await page.getByRole('button', { name: 'Make an identity' }).click();
    const dialog = page.getByRole('dialog', { name: 'Make your identity' });
    await dialog.getByLabel('Passphrase, or none').fill('half a pass');
    await page.keyboard.press('Control+k');
    expect(await page.getByRole('combobox').count()).toBe(0);
    expect(await dialog.getByLabel('Passphrase, or none').inputValue()).toBe('half a pass');
    await context.close();
  });

  it('shows what a lab calls its nodes as text, cut to length', async (test) => {
    const chromium = stage.browser(test);
    const markup = '<img src=x onerror="document.title=1">';
    const hostile = `${markup}\u202e${'evil '.repeat(50)}`;
    await using app = await startApp({
      page: stage.page,
      prepare: (lab) =>
        editInventory(lab, (text) =>
          text.replace(
            /(\n {2}titan-13:\n(?: {4}.*\n)*? {4}description: ).*/,
            `$1${JSON.stringify(hostile)}`,
          ),
        ),
    });
    expect((await app.client.cards.nodes()).find(({ name }) => name === 'titan-13')?.description).toBe(
      hostile,
    );
    const { page, context, complaints } = await openTab(chromium);
    await page.goto(app.host.url);
    await page.getByRole('heading', { name: 'Today' }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').waitFor();
    await page.keyboard.type('show titan-13');
    const option = page.getByRole('option', { name: /^Show titan-13/ });
    const text = (await option.textContent()) ?? '';
    expect(text).toContain(markup);
    expect(text).toContain('\\u{202e}');
    expect(text).not.toContain('\u202e');
    expect(text.length).toBeLessThan(120);
    expect(await page.locator('dialog img').count()).toBe(0);
    expect((await option.boundingBox())?.height).toBeLessThan(48);
    await shoot(page, 'palette-hostile-light');
    expect(complaints).toEqual([]);
    await context.close();
  });
});

/** Burns a card onto a virtual drive, as one job that ends; answers its title. */
async function burnACard(app: Awaited<ReturnType<typeof startApp>>): Promise<string> {
  const { client } = app;
  await client.drives.createVirtual({ name: 'sd-1', size: 1 << 28 });
  const { digest } = await client.cards.plan({
    node: 'titan-13',
    target: { kind: 'virtual-drive', name: 'sd-1' },
  });
  const { confirmation } = await client.cards.confirm({ planDigest: digest });
  const { jobId } = await client.cards.burn({ planDigest: digest, confirmation });
  await expect
    .poll(async () => (await client.jobs.list()).find(({ id }) => id === jobId)?.state, { timeout: 60_000 })
    .toBe('done');
  return (await client.jobs.list()).find(({ id }) => id === jobId)?.title ?? 'no such job';
}
