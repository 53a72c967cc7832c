import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openTab } from './browser.ts';
import { makeMarkedPage, speak, unmarkedTexts } from './marked-language.ts';
import { startApp } from './running-app.ts';
import { setupStage } from './stage.ts';

const stage = setupStage();

it('what is not marked is found, and data and marked words are not', async (test) => {
  const chromium = stage.browser(test);
  const folder = await mkdtemp(join(tmpdir(), 'sifaka-marked-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await makeMarkedPage(stage.page, join(folder, 'page'));
  await using app = await startApp({ page: join(folder, 'page') });
  const { page, context } = await openTab(chromium);
  await page.goto(app.host.url);
  await page.locator('.frame-page h1').waitFor();
  await speak(page, 'de');
  await page.locator('.frame-page h1', { hasText: '⟦' }).waitFor();
  await page.evaluate(
    `document.querySelector('#page').innerHTML = ${JSON.stringify(
      `<hr title="A title"><p title="data in full">Words<bdi data-lab="">data</bdi><bdi>state</bdi>
       <span lang="en">prose</span> and 12,5\u00a0MB</p>
       <p>⟦Marked ⟧⟨with a value⟩</p><p>⟦Glued⟧ fragment</p><p>3,2\u00a0GB</p><code>ls</code>
       <button aria-label="A label">⟦…⟧</button><input placeholder="A place">`,
    )}`,
  );
  expect(await unmarkedTexts(page)).toEqual([
    'p: Words',
    'bdi: state',
    'p:  and 12,5\u00a0MB',
    'p: ⟦Glued⟧ fragment',
    'aria-label: A label',
    'placeholder: A place',
    'title: A title',
  ]);
  await context.close();
});
