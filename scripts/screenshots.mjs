/**
 * `npm run screenshots`: the pictures of docs/screens.md, of the built app on the demo lab, in Chromium. Each screen is
 * taken in light and in dark from the same page, so that a pair differs in nothing else. What still differs from run to
 * run is what is true of the run: times, speeds, identifiers and what this machine can do.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { makeImageLarge } from '../tests/e2e/large-image.ts';
import { chromiumPath, launchBrowser } from '../tests/rig/chromium.ts';
import { node24, root, run } from './bootstrap.mjs';

const pictures = join(root, 'docs', 'images');
// Always the same one: its path is in the pictures.
const folder = join(tmpdir(), 'sifaka-screens');
const lab = join(folder, 'madagascar');
const cli = join(root, 'out', 'main', 'cli.js');
const env = { SIFAKA_HOME: join(folder, 'home') };

async function sifaka(...args) {
  const code = await run(node24, [cli, ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  if (code !== 0) throw new Error(`sifaka ${args.join(' ')} ended with ${code}`);
}

/** The app in this browser: its address is the first line the command prints. */
async function serve() {
  const host = spawn(node24, [cli, '--lab', lab, 'serve'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [url] = await once(createInterface({ input: host.stdout }), 'line');
  return {
    url,
    async stop() {
      host.kill('SIGTERM');
      await once(host, 'exit');
    },
  };
}

async function openPage(browser) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    reducedMotion: 'reduce',
    locale: 'en',
    timezoneId: 'UTC',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  return page;
}

async function picture(page, screen) {
  await page.mouse.move(0, 799);
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor();
    await page.screenshot({ path: join(pictures, `${screen}-${colorScheme}.png`), animations: 'disabled' });
  }
  console.log(screen);
}

/** From a new lab through the wizard to the proof, as an operator goes. */
async function takeWizard(page) {
  await page.getByRole('heading', { name: 'First on a new lab' }).waitFor();
  await page.getByRole('link', { name: 'Cards', exact: true }).click();
  await page.getByRole('button', { name: 'Burn a card', exact: true }).click();
  await page.getByRole('radio', { name: 'titan-13' }).check();
  await picture(page, 'choose-node');
  await page.getByRole('button', { name: 'Go on with titan-13' }).click();
  await page.getByRole('radio', { name: /sd-32/ }).check();
  // Which disks the machine has that takes the pictures is nobody's business.
  await page.locator('.drives-refused').evaluateAll((all) => {
    for (const one of all) one.style.display = 'none';
  });
  await picture(page, 'choose-target');
  await page.getByRole('button', { name: 'Review what would happen' }).click();
  await page.getByRole('heading', { name: 'What will be erased' }).waitFor({ timeout: 120_000 });
  await picture(page, 'review');
  await page.getByRole('button', { name: /^Erase/ }).click();
  await page.locator('.cell-written').nth(80).waitFor({ timeout: 120_000 });
  await picture(page, 'run');
  await page.getByRole('heading', { name: /Proven: this card is/ }).waitFor({ timeout: 120_000 });
  await picture(page, 'proof');
}

/** The pages of a lab in which a card was burned. */
async function takePages(page) {
  const pages = [
    ['today', 'today', 'Lately'],
    ['cards', 'cards', 'titan-13'],
    ['node', 'cards/node/titan-13', 'Proven cards'],
    ['jobs', 'jobs', 'Done'],
    ['logbook', 'logbook', /Recovery card for titan-13/],
    ['lab', 'lab', 'Real drives'],
    ['log', 'log', 'Report a bug'],
  ];
  for (const [screen, address, shown] of pages) {
    await goTo(page, address, shown);
    await picture(page, screen);
  }
  await goTo(page, 'cards', 'titan-13');
  await page.keyboard.press('Control+k');
  await page
    .getByRole('option', { name: /titan-13/ })
    .first()
    .waitFor();
  await page.keyboard.type('titan-13');
  await picture(page, 'palette');
}

async function goTo(page, address, shown) {
  await page.evaluate(`location.hash = '#/${address}'`);
  await page.getByText(shown).first().waitFor();
  await page.locator('.waiting').waitFor({ state: 'detached' });
}

const browser = await launchBrowser();
if (browser === undefined) throw new Error(`The pictures need ${chromiumPath}.`);
try {
  await rm(folder, { recursive: true, force: true });
  await mkdir(pictures, { recursive: true });
  await sifaka('lab', 'demo', lab);
  // So that the burn can be seen while it runs.
  await makeImageLarge(lab);
  await sifaka('drives', 'create', 'sd-32', '--size', '1GiB');
  const host = await serve();
  try {
    const page = await openPage(browser);
    await page.goto(host.url);
    await takeWizard(page);
    await takePages(page);
  } finally {
    await host.stop();
  }
} finally {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
}
