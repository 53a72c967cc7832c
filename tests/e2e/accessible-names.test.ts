import { expect, it } from 'vitest';
import { nameless } from './accessible-names.ts';
import { openTab } from './browser.ts';
import { setupStage } from './stage.ts';

const stage = setupStage();

it('what has no name is found, and what has one, or is not told to a screen reader, is not', async (test) => {
  const { page, context } = await openTab(stage.browser(test));
  await page.setContent(`
    <button></button><button>Burn</button><button aria-label="Stop"></button><button aria-hidden="true"></button>
    <input><label>Name <input></label>
    <a href="/x"></a><h2></h2><div role="dialog"><p>Words are no name.</p></div>
    <section aria-labelledby="nothing"></section><section aria-label="Jobs"></section>
    <svg role="img"></svg><svg role="img"><title>A map</title></svg>
    <div role="progressbar" aria-valuenow="1"></div>`);
  expect((await nameless(page)).toSorted()).toEqual([
    'button: <button></button>',
    'dialog: <div role="dialog"><p>Words are no name.</p></div>',
    'heading: <h2></h2>',
    'image: <svg role="img"></svg>',
    'link: <a href="/x"></a>',
    'progressbar: <div role="progressbar" aria-valuenow="1"></div>',
    'textbox: <input>',
  ]);
  await context.close();
});
