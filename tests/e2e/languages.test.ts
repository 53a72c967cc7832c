import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { createLogFile, logFileIn } from '../../electron/services/log-file.ts';
import { redactedLog } from '../../electron/services/log.ts';
import { systemClock } from '../../electron/services/clock.ts';
import { expectAccessible, openTab, shoot } from './browser.ts';
import { changeLanguage, chooseLanguage, isToday, spoken } from './journeys/language.ts';
import { editInventory, makeImageLarge } from './large-image.ts';
import { speakMarked, unmarkedTexts } from './marked-language.ts';
import { type AppOptions, type RunningApp, startApp } from './running-app.ts';
import { setupStage } from './stage.ts';

const stage = setupStage();

describe('the language of the page', () => {
  for (const [asked, language, today] of [
    ['de-DE', 'de', 'Heute'],
    ['de-AT', 'de', 'Heute'],
    ['en-GB', 'en', 'Today'],
    ['fr-FR', 'en', 'Today'],
  ] as const) {
    it(`of a browser that asks for ${asked} is ${language}`, async (test) => {
      const chromium = stage.browser(test);
      await using app = await startApp({ page: stage.page });
      const { page, context, complaints } = await openTab(chromium, 'light', asked);
      await page.goto(app.host.url);
      await isToday(page, today);
      expect(await spoken(page)).toBe(language);
      await expect.poll(() => page.title()).toBe(`${today} · Sifaka`);
      expect(complaints).toEqual([]);
      await context.close();
    });
  }

  it('is the one that is chosen, at once and after a reload', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page });
    const { page, context, complaints } = await openTab(chromium, 'light', 'fr-FR');
    await page.goto(app.host.url);
    await isToday(page, 'Today');
    await changeLanguage(page, async () => {
      await expectAccessible(page);
      await shoot(page, 'today-german-light');
    });
    await chooseLanguage(page, 'Appearance', 'Deutsch');
    await isToday(page, 'Heute');
    await chooseLanguage(page, 'Darstellung', 'Wie das System');
    await isToday(page, 'Today');
    expect(await spoken(page)).toBe('en');
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('is the last one chosen, also when the one before comes late; and the menu it was chosen from has the focus', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page });
    const { page, context } = await openTab(chromium);
    const late = Promise.withResolvers<void>();
    await page.route('**/assets/german-*.js', async (route) => {
      await late.promise;
      await route.continue();
    });
    await page.goto(app.host.url);
    await isToday(page, 'Today');
    await chooseLanguage(page, 'Appearance', 'Deutsch');
    await chooseLanguage(page, 'Appearance', 'English');
    const arrived = page.waitForResponse('**/assets/german-*.js');
    late.resolve();
    await (await arrived).finished();
    await chooseLanguage(page, 'Appearance', 'English');
    await isToday(page, 'Today');
    expect(await spoken(page)).toBe('en');

    await page.getByRole('button', { name: 'Appearance' }).press('Enter');
    await page.getByRole('menuitem', { name: 'Deutsch' }).press('Enter');
    await isToday(page, 'Heute');
    await expect.poll(() => page.locator(':focus').getAttribute('aria-label')).toBe('Darstellung');
    await context.close();
  });

  it('stays as it was when the catalog of another does not come', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page });
    const { page, context } = await openTab(chromium, 'light', 'de-DE');
    await page.route('**/assets/german-*.js', (route) => route.abort());
    await page.goto(app.host.url);
    await isToday(page, 'Today');
    expect(await spoken(page)).toBe('en');
    await context.close();
  });
});

interface Place {
  readonly name: string;
  readonly app?: Omit<AppOptions, 'page'>;
  /** What must have happened before the page opens. */
  readonly before?: (app: RunningApp) => Promise<unknown>;
  /** The page's address, as in `#/lab`; or a function, when it depends on what happened before. */
  readonly address?: string | ((app: RunningApp) => Promise<string>);
  /** From the page at its address to what is to be looked at. */
  readonly go?: (page: Page, app: RunningApp) => Promise<unknown>;
  /** It is there when this is shown: a selector that depends on no language. */
  readonly ready: string;
}

const places: readonly Place[] = [
  { name: 'Today on a new lab', app: { untouched: true }, ready: '.first-steps' },
  {
    name: 'making an identity',
    app: { untouched: true },
    go: (page) => page.locator('.first-steps button').first().click(),
    ready: '[role="dialog"] form',
  },
  {
    name: 'Today with a missing secret',
    app: { withoutSecrets: ['k3s-token'] },
    ready: '.finding',
  },
  { name: 'Today with a burnt card', before: burnACard, ready: '.lately, .due' },
  {
    name: 'Today with a lab that cannot be read',
    app: { untouched: true, prepare: (lab) => editInventory(lab, () => 'nodes: [') },
    ready: '.finding',
  },
  { name: 'Cards', address: '#/cards', ready: 'td :text("titan-13")' },
  {
    name: 'Cards, filtered to none',
    address: '#/cards',
    go: (page) => page.getByRole('searchbox').fill('nothing has this'),
    ready: '.table-empty',
  },
  {
    name: 'Cards of a lab without nodes',
    app: { untouched: true, prepare: (lab) => rm(join(lab, 'metis/inventory.yaml')) },
    address: '#/cards',
    ready: '.empty, .problem',
  },
  { name: 'a node without a card', address: '#/cards/node/titan-13', ready: '.facts' },
  { name: 'a node with a card', before: burnACard, address: '#/cards/node/titan-13', ready: 'main td' },
  { name: 'a node that is not there', address: '#/cards/node/nobody', ready: 'main .page-head p' },
  { name: 'Jobs without any', address: '#/jobs', ready: 'main .empty' },
  { name: 'Jobs with some', before: burnAndVerify, address: '#/jobs', ready: 'main td' },
  { name: 'Logbook', before: burnACard, address: '#/logbook', ready: '.log-entry' },
  { name: 'Lab', address: '#/lab', ready: '.check-list' },
  {
    name: 'Lab with a mistake',
    app: { untouched: true, prepare: (lab) => editInventory(lab, () => 'nodes: [') },
    address: '#/lab',
    ready: '.check-list',
  },
  {
    name: 'unlocking the secrets',
    app: { passphrase: 'a passphrase' },
    address: '#/lab',
    go: (page) => page.locator('section[aria-labelledby="lab-secrets"] button').first().click(),
    ready: '[role="dialog"] form',
  },
  { name: 'Log without entries', address: '#/log', ready: 'main .empty' },
  {
    name: 'Log with entries, and the diagnostics',
    before: (app) => {
      const file = logFileIn(join(app.lab, '../home/state'));
      redactedLog(createLogFile({ file, clock: systemClock, about: 'Sifaka' })).line('the drive is odd');
      return Promise.resolve();
    },
    address: '#/log',
    go: (page) => page.locator('section[aria-labelledby="log-diagnostics"] button').first().click(),
    ready: '.logged-entry',
  },
  { name: 'no such page', address: '#/nowhere', ready: 'main h1' },
  {
    name: 'the command palette',
    before: burnACard,
    go: async (page) => {
      await page.keyboard.press('Control+k');
      await page
        .getByRole('option', { name: /titan-13/ })
        .first()
        .waitFor();
    },
    ready: 'dialog [role="option"]',
  },
  {
    name: 'the appearance menu',
    go: (page) => page.locator('.header-appearance').click(),
    ready: '[role="menuitem"]',
  },
  { name: 'the choice of a node', address: '#/cards/burn/node', ready: 'input[type="radio"]' },
  {
    name: 'the choice of a target',
    before: makeDrive,
    address: '#/cards/burn/node',
    go: goToTarget,
    ready: '.choice',
  },
  {
    name: 'a new virtual drive',
    address: '#/cards/burn/node',
    go: async (page) => {
      await goToTarget(page);
      await page.locator('button:has(.tabler-icon-plus)').click();
    },
    ready: '.new-drive',
  },
  {
    name: 'the review',
    before: makeDrive,
    address: '#/cards/burn/node',
    go: goToReview,
    ready: '.block-map',
  },
  {
    name: 'a review that a missing secret stops',
    app: { withoutSecrets: ['k3s-token'] },
    before: makeDrive,
    address: '#/cards/burn/node',
    go: goToReview,
    ready: '.problem',
  },
  { name: 'the proof of a burn', before: makeDrive, address: cardJob(burnACard), ready: '.receipt' },
  { name: 'the proof of a card that was verified', address: cardJob(burnAndVerify), ready: '.receipt-facts' },
  {
    name: 'a burn that runs',
    app: { prepare: makeImageLarge },
    address: cardJob(startBurn),
    ready: '.job-progress',
  },
  {
    name: 'a burn that was stopped',
    app: { prepare: makeImageLarge },
    address: cardJob(burnAndStop),
    ready: '.problem, .job-progress',
  },
  {
    name: 'a job that is not there',
    address: '#/cards/job/0b6f1e0c-6f0e-4c4e-8f46-0d3d8a7c9a11',
    ready: '.problem',
  },
  {
    name: 'a host that went away',
    go: async (page, app) => {
      await page.locator('.header-name').waitFor();
      await app.host.close();
    },
    ready: '.connection-notice',
  },
  {
    name: 'no token',
    go: async (page, app) => {
      await page.evaluate('sessionStorage.clear()');
      await page.goto(new URL('/', app.host.url).href);
    },
    ready: '.gate-card code',
  },
];

describe('no text is left unmarked', () => {
  for (const place of places) {
    it(place.name, async (test) => {
      const chromium = stage.browser(test);
      await using app = await startApp({ page: stage.page, ...place.app });
      await place.before?.(app);
      const address = typeof place.address === 'function' ? await place.address(app) : place.address;
      const { page, context } = await openTab(chromium, 'light', 'de-DE');
      await speakMarked(page, stage.page);
      await page.goto(app.host.url);
      await page.locator('#page').waitFor();
      if (address !== undefined) {
        await page.evaluate(`location.hash = ${JSON.stringify(address)}`);
        await page.locator('.page, .wizard').first().waitFor();
      }
      await place.go?.(page, app);
      await page.locator(place.ready).first().waitFor();
      await expect.poll(() => page.locator('.waiting').count(), { timeout: 30_000 }).toBe(0);
      await shoot(page, `marked-${place.name.replaceAll(/[^a-z0-9]+/gi, '-').toLowerCase()}`);
      expect(await spoken(page)).toBe('de');
      // Without the marks everything would pass that is not there.
      expect(await page.locator('body').innerText()).toContain('⟦');
      expect(await unmarkedTexts(page)).toEqual([]);
      await context.close();
    });
  }

  it('is a rule that finds what is not marked', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page });
    const { page, context } = await openTab(chromium, 'light', 'de-DE');
    await speakMarked(page, stage.page);
    await page.goto(app.host.url);
    await page.locator('.frame-page h1').waitFor();
    await page.evaluate(
      `document.querySelector('#page').innerHTML = ${JSON.stringify(
        `<hr title="A title"><p title="data in full">Words<bdi>data</bdi><span lang="en">prose</span> and 12,5\u00a0MB</p>
       <p>⟦Marked ⟧⟨with a value⟩</p><p>⟦Glued⟧ fragment</p><p>3,2\u00a0GB</p><code>ls</code>
       <button aria-label="A label">⟦…⟧</button><input placeholder="A place">`,
      )}`,
    );
    expect(await unmarkedTexts(page)).toEqual([
      'p: Words',
      'p:  and 12,5\u00a0MB',
      'p: ⟦Glued⟧ fragment',
      'aria-label: A label',
      'placeholder: A place',
      'title: A title',
    ]);
    await context.close();
  });
});

async function makeDrive(app: RunningApp): Promise<void> {
  await app.client.drives.createVirtual({ name: 'sd-1', size: 1 << 30 });
}

/** Begins to burn a card onto a virtual drive; answers the job's id. */
async function startBurn(app: RunningApp): Promise<string> {
  const { client } = app;
  if ((await client.drives.list()).length === 0) await makeDrive(app);
  const target = { kind: 'virtual-drive', name: 'sd-1' } as const;
  const { digest } = await client.cards.plan({ node: 'titan-13', target });
  const { confirmation } = await client.cards.confirm({ planDigest: digest });
  const { jobId } = await client.cards.burn({ planDigest: digest, confirmation });
  return jobId;
}

async function burnACard(app: RunningApp): Promise<string> {
  return ended(app, await startBurn(app), 'done');
}

async function burnAndStop(app: RunningApp): Promise<string> {
  const id = await startBurn(app);
  await app.client.jobs.cancel({ id });
  return ended(app, id, 'cancelled');
}

async function burnAndVerify(app: RunningApp): Promise<string> {
  await burnACard(app);
  const target = { kind: 'virtual-drive', name: 'sd-1' } as const;
  const { jobId } = await app.client.cards.verify({ node: 'titan-13', target });
  return ended(app, jobId, 'done');
}

async function ended(app: RunningApp, jobId: string, as: 'done' | 'cancelled'): Promise<string> {
  const state = async () => (await app.client.jobs.list()).find(({ id }) => id === jobId)?.state;
  await expect.poll(state, { timeout: 60_000 }).toBe(as);
  return jobId;
}

function cardJob(run: (app: RunningApp) => Promise<string>): (app: RunningApp) => Promise<string> {
  return async (app) => `#/cards/job/${await run(app)}`;
}

async function goToTarget(page: Page): Promise<void> {
  await page.getByRole('radio', { name: /titan-13/ }).check();
  await page.locator('.step-actions button[type="submit"]').click();
  await page.locator('.choices').first().waitFor();
}

async function goToReview(page: Page): Promise<void> {
  await goToTarget(page);
  await page.getByRole('radio', { name: /sd-1/ }).check();
  await page.locator('.step-actions button[type="submit"]').click();
  await page.locator('.burn-button').waitFor();
}
