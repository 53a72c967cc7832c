import { describe, expect, it } from 'vitest';
import { expectAccessible, openTab, shoot } from './browser.ts';
import { readUnknownPage, visitEveryPage } from './journeys/places.ts';
import { startApp } from './running-app.ts';
import { setupStage } from './stage.ts';

const stage = setupStage();

const cardsPage = /\/assets\/CardsPage-[^/]+\.js$/;
const labPage = /\/assets\/LabPage-[^/]+\.js$/;

describe('a page that is a file of its own', () => {
  it('takes the place of the one before only when it is there', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page });
    const { page, context, complaints } = await openTab(chromium);
    const arrived = Promise.withResolvers<void>();
    await page.route(cardsPage, async (route) => {
      await arrived.promise;
      await route.continue();
    });
    await page.goto(app.host.url);
    await page.getByText('First on a new lab').waitFor();
    await page.getByRole('link', { name: 'Cards', exact: true }).click();
    await page
      .getByRole('link', { name: 'Cards', exact: true })
      .and(page.locator('[aria-current="page"]'))
      .waitFor();
    expect(await page.getByRole('heading', { name: 'Today', level: 1 }).isVisible()).toBe(true);
    expect(await page.getByText('Opening the page.').count()).toBe(0);
    expect(await page.title()).toBe('Today · Sifaka');
    arrived.resolve();
    await page.getByRole('heading', { name: 'Cards', level: 1 }).waitFor();

    await visitEveryPage(page, async (name) => {
      await expect.poll(() => page.title()).toBe(`${name} · Sifaka`);
    });
    await readUnknownPage(page);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('lets nothing be opened on the one before, which would go with it', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page, untouched: true });
    const { page, context, complaints } = await openTab(chromium);
    const arrived = Promise.withResolvers<void>();
    await page.route(labPage, async (route) => {
      await arrived.promise;
      await route.continue();
    });
    await page.goto(app.host.url);
    const opener = page.getByRole('button', { name: 'Make an identity' });
    await opener.scrollIntoViewIfNeeded();
    const place = (await opener.boundingBox()) ?? expect.fail('the button has no place');
    await page.getByRole('link', { name: 'Lab', exact: true }).click();
    await page
      .getByRole('link', { name: 'Lab', exact: true })
      .and(page.locator('[aria-current="page"]'))
      .waitFor();
    await page.mouse.click(place.x + place.width / 2, place.y + place.height / 2);
    await opener.focus();
    await page.keyboard.press('Enter');
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(await page.getByRole('heading', { name: 'Today', level: 1 }).isVisible()).toBe(true);
    arrived.resolve();
    await page.getByRole('heading', { name: 'Lab', level: 1 }).waitFor();
    await opener.click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('is announced in words when a window opens on it and it takes a moment', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page });
    const { page, context } = await openTab(chromium);
    await page.goto(app.host.url);
    await page.getByRole('heading', { name: 'Today' }).waitFor();
    const arrived = Promise.withResolvers<void>();
    await page.route(cardsPage, async (route) => {
      await arrived.promise;
      await route.continue();
    });
    await page.goto(new URL('/#/cards', app.host.url).href);
    await page.reload({ waitUntil: 'commit' });
    await page.getByRole('status').filter({ hasText: 'Opening the page.' }).waitFor();
    await expectAccessible(page);
    arrived.resolve();
    await page.getByRole('heading', { name: 'Cards', level: 1 }).waitFor();
    await context.close();
  });

  it('says so when it does not come, and leaves the others usable', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page });
    const { page, context } = await openTab(chromium);
    await page.route(cardsPage, (route) => route.abort());
    await page.goto(app.host.url);
    await page.getByRole('heading', { name: 'Today' }).waitFor();
    await page.getByRole('link', { name: 'Cards', exact: true }).click();
    await page.getByRole('alert').getByText('This page could not be opened.').waitFor();
    await shoot(page, 'page-not-loaded-light');
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Jobs', exact: true }).click();
    await page.getByRole('heading', { name: 'Jobs', level: 1 }).waitFor();

    await page.unroute(cardsPage);
    await page.getByRole('link', { name: 'Cards', exact: true }).click();
    await page.getByRole('button', { name: 'Load it again' }).click();
    await page.getByRole('heading', { name: 'Cards', level: 1 }).waitFor();
    await context.close();
  });
});
