import { expect, it } from 'vitest';
import { openTab } from './browser.ts';
import { speakMarked, unmarkedTexts } from './marked-language.ts';
import { startApp } from './running-app.ts';
import { setupStage } from './stage.ts';

const stage = setupStage();

it('what is not marked is found, and data and marked words are not', async (test) => {
  const chromium = stage.browser(test);
  await using app = await startApp({ page: stage.page });
  const { page, context } = await openTab(chromium, 'light', 'de-DE');
  await speakMarked(page, stage.page);
  await page.goto(app.host.url);
  await page.locator('.frame-page h1').waitFor();
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
