import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { afterAll, describe, expect, it } from 'vitest';
import { parseRoute } from '../../renderer/app/address.ts';
import type { Drive } from '../../shared/schemas/drive.ts';
import { nameless } from './accessible-names.ts';
import { backupChoices, restoreChoices } from './backup-wizard-screens.ts';
import { type Look, openTab, seriousViolations, shoot } from './browser.ts';
import { driveAt, insertLoopDevice, requireLoopDevices } from './loop-device.ts';
import { makeMarkedPage, speak, unmarkedTexts } from './marked-language.ts';
import { type ScreenLabs, startScreenLabs } from './screen-labs.ts';
import { deployChoices, jobPlaces, needsDrive, type Screen, screens, wizardChoices } from './screens.ts';
import { setupStage } from './stage.ts';
import { syncChoices } from './sync-screens.ts';

const stage = setupStage();

/** Each screen is opened once, looked at in every look, and then in the marked language. */
const looks: readonly Look[] = ['light', 'dark', 'high-contrast'];

let folder: string | undefined;
let started: ScreenLabs | undefined;
/** One set for all screens: looking changes nothing in them. */
async function theLabs(): Promise<ScreenLabs> {
  if (started) return started;
  folder ??= await mkdtemp(join(tmpdir(), 'sifaka-marked-'));
  await makeMarkedPage(stage.page, join(folder, 'page'));
  started = await startScreenLabs(join(folder, 'page'));
  return started;
}
afterAll(async () => {
  await started?.[Symbol.asyncDispose]();
  if (folder !== undefined) await rm(folder, { recursive: true });
});

// Some hundred and fifty screens and axe on each: minutes, on a machine that has something else to do.
describe('every screen:', { timeout: 900_000 }, () => {
  it('no serious violation, a name for all that a screen reader names, no text left unmarked', async (test) => {
    const chromium = stage.browser(test);
    const labs = await theLabs();
    const tour = await startTour(await openTab(chromium, 'light', 'en'));
    for (const { place, screen } of inOrder((one) => !needsDrive(one))) await tour.visit(labs, place, screen);
    expect(tour.complaints).toEqual([]);

    const { fresh } = labs.apps;
    await tour.show(labs, { lab: 'fresh', address: 'today', shows: '.first-steps' });
    // Once its host is gone, there is nobody to ask for another language.
    await speak(tour.page, 'de');
    await speak(tour.page, 'en');
    const inspectInBoth = async (place: string, shows: string) => {
      await tour.page.locator(shows).waitFor({ timeout: 30_000 });
      await tour.inspect(place);
      await speak(tour.page, 'de');
      await tour.page.locator(shows).waitFor();
      await tour.inspectMarked(place);
      await speak(tour.page, 'en');
    };
    await fresh.host.close();
    await inspectInBoth('connection-lost', '.connection-notice');
    await fresh.restartHost();
    await inspectInBoth('link-no-longer-valid', '.gate-card h1');
    await tour.page.evaluate('sessionStorage.clear()');
    await tour.page.reload();
    await inspectInBoth('no-token', '.gate-card code');

    expect(tour.found).toEqual([]);
    await tour.context.close();
  });

  it('the same of a drive in this machine', async (test) => {
    requireLoopDevices(test);
    const chromium = stage.browser(test);
    const labs = await theLabs();
    await using card = await insertLoopDevice(256 << 20);
    const drive = await driveAt(labs.apps.calm, card.path);
    const tour = await startTour(await openTab(chromium, 'light', 'en'));
    for (const { place, screen } of inOrder(needsDrive)) await tour.visit(labs, place, screen, drive);
    expect(tour.complaints).toEqual([]);
    expect(tour.found).toEqual([]);
    await tour.context.close();
  });
});

/** As `12-burn`, the screens that are asked for; lab by lab, so that the tab seldom changes from one to the next. */
function inOrder(wanted: (screen: Screen) => boolean): { place: string; screen: Screen }[] {
  return Object.entries(screens)
    .flatMap(([route, all]) => all.map((screen) => ({ route, screen })))
    .map(({ route, screen }, index) => ({ place: `${index}-${route}`, screen }))
    .filter(({ screen }) => wanted(screen))
    .toSorted((a, b) => sessionOf(a.screen).localeCompare(sessionOf(b.screen)));
}

const sessionOf = ({ lab, viewer }: Screen): string => `${lab} ${viewer ?? false}`;

/** What is wrong is gathered in `found`, so that one run tells all of it. */
async function startTour(tab: Awaited<ReturnType<typeof openTab>>) {
  const { page } = tab;
  // The page would put its own choices over those of the screen that comes, so they are put in its place as it starts.
  await page.addInitScript(
    `if (origin !== 'null') for (const wizard of ['card', 'bridge', 'backup-run', 'backup-restore', 'sync'])
      sessionStorage.setItem('sifaka.' + wizard + '-wizard', sessionStorage.getItem(wizard + '-choices') ?? '{}')`,
  );
  const found: string[] = [];

  const inspect = async (place: string) => {
    const wrong = (await nameless(page)).map((one) => `no name: ${one}`);
    for (const look of looks) {
      await wear(page, look);
      // Another look has other colors, and nothing else.
      const onlyColors = look !== looks[0];
      wrong.push(...(await seriousViolations(page, { onlyColors })).map((one) => `${look}: ${one}`));
      await shoot(page, `screen-${place}-${look}`);
    }
    found.push(...wrong.map((one) => `${place}: ${one}`));
  };

  /** It is German as well, so that the picture shows where German is too long. */
  const inspectMarked = async (place: string) => {
    await wear(page, 'light');
    await shoot(page, `screen-${place}-marked`);
    const wrong = (await nameless(page)).map((one) => `no name: ${one}`);
    wrong.push(...(await unmarkedTexts(page)).map((one) => `not marked: ${one}`));
    // Without the marks everything would pass that is not there.
    if (!(await page.locator('body').innerText()).includes('⟦')) wrong.push('nothing is marked');
    found.push(...wrong.map((one) => `${place}, marked: ${one}`));
  };

  const show = async ({ apps, jobs }: ScreenLabs, screen: Screen, drive?: Drive) => {
    const { urls } = apps[screen.lab].host;
    await enter(page, screen.viewer ? urls.viewer : urls.operator);
    const address = screen.address.replace(jobPlaces, (_, name: keyof typeof jobs) => jobs[name]);
    const choices = {
      card: wizardChoices(screen.chosen, drive),
      bridge: deployChoices(screen.deploys, jobs.deployed),
      'backup-run': backupChoices(screen.backsUp),
      'backup-restore': restoreChoices(screen.restores),
      sync: syncChoices(screen.syncs),
    };
    for (const [wizard, chosen] of Object.entries(choices)) {
      await page.evaluate(`sessionStorage.setItem('${wizard}-choices', ${JSON.stringify(chosen)})`);
    }
    // A page that is loaded anew has nothing open, and nothing left on it from the screen before. It is left first: told of the
    // address, the one before could go on from there by its own choices, as from a review to the target that it has not.
    await page.goto('about:blank');
    await page.goto(new URL(`/#/${address}`, urls.operator).href);
    await ready(screen);
  };

  const ready = async (screen: Screen) => {
    // The first plan of a lab takes its image apart.
    await page.locator(screen.shows).first().waitFor({ timeout: 60_000 });
    await expect.poll(() => page.locator('.waiting').count(), { timeout: 30_000 }).toBe(0);
    await screen.open?.(page);
  };

  const visit = async (labs: ScreenLabs, place: string, screen: Screen, drive?: Drive) => {
    await show(labs, screen, drive);
    expect(parseRoute(new URL(page.url()).hash).page).toBe(place.replace(/^\d+-/, ''));
    await inspect(place);
    // Another language is another page. What was opened is not open on it, and may have led elsewhere.
    const { open, ...closed } = screen;
    if (open) await show(labs, closed, drive);
    await speak(page, 'de');
    await ready(screen);
    await inspectMarked(place);
  };
  return { ...tab, found, show, visit, inspect, inspectMarked };
}

/** As when the system's settings change while the page is open. */
async function wear(page: Page, look: Look): Promise<void> {
  const colorScheme = look === 'dark' ? 'dark' : 'light';
  const contrast = look === 'high-contrast' ? 'more' : 'no-preference';
  await page.emulateMedia({ colorScheme, contrast, reducedMotion: 'reduce' });
  const worn = `html[data-mantine-color-scheme="${colorScheme}"][data-contrast="${contrast === 'more' ? 'more' : 'normal'}"]`;
  await page.locator(worn).waitFor({ state: 'attached' });
}

/** Opens the link in the tab unless it is open there. */
async function enter(page: Page, link: string): Promise<void> {
  const { origin, hash } = new URL(link);
  if (new URL(page.url()).origin === origin) {
    const token = String(await page.evaluate("sessionStorage.getItem('sifaka.token')"));
    if (hash === `#token=${token}`) return;
  }
  // Only a document that is loaded looks at the token in its address.
  await page.goto('about:blank');
  await page.goto(link);
  await page.locator('h1').waitFor();
}
