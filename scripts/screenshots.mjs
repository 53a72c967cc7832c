/**
 * `npm run screenshots`: the pictures of docs/screens.md, of the built app on the demo lab, in Chromium. Each screen is
 * taken in light and in dark from the same page, so that a pair differs in nothing else. What still differs from run to
 * run is what is true of the run: times, speeds, identifiers and what this machine can do. The pictures of the bridge are of
 * nodes that boot, as root on Linux; elsewhere they stay as they are.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { backupsLab } from '../tests/e2e/backup-labs.ts';
import { makeImageLarge } from '../tests/e2e/large-image.ts';
import { chromiumPath, launchBrowser } from '../tests/rig/chromium.ts';
import { clusterTools, startCluster } from '../tests/rig/cluster/start-cluster.ts';
import { cheapNodes, cheapNodeTools } from '../tests/rig/proxmox/cheap-nodes.ts';
import { isOnPath } from '../tests/rig/required-tools.ts';
import { node24, root, run } from './bootstrap.mjs';
import { makeDemoPair } from './demo-pair.mjs';

const pictures = join(root, 'docs', 'images');
// Always the same one: its path is in the pictures.
const folder = join(tmpdir(), 'sifaka-screens');
const lab = join(folder, 'madagascar');
const cli = join(root, 'out', 'main', 'cli.js');
const env = { SIFAKA_HOME: join(folder, 'home') };

const sifaka = (...args) => sifakaWith({}, ...args);

async function sifakaWith(more, ...args) {
  const code = await run(node24, [cli, ...args], {
    env: { ...env, ...more },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (code !== 0) throw new Error(`sifaka ${args.join(' ')} ended with ${code}`);
}

/** The app in this browser: its address is the first line the command prints. */
async function serve(more = {}, options = []) {
  const host = spawn(node24, [cli, '--lab', lab, ...options, 'serve'], {
    env: { ...process.env, ...env, ...more },
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
    ['today', 'today', /have no recovery card/],
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

/** The backups of a lab in which thirty nights went by, not all of them well. */
async function takeBackups(page) {
  await goTo(page, 'backups', 'Guests');
  await page.locator('.calendar-day').first().waitFor();
  await picture(page, 'backups');
  await page.locator('#backups-calendar').evaluate((one) => one.scrollIntoView());
  await picture(page, 'backups-calendar');
  await goTo(page, 'backups/guest/baobab%2F107', 'Could it be restored tonight?');
  await picture(page, 'backups-guest');
  await goTo(page, 'backups/archives', 'Digest known');
  await picture(page, 'archives');
}

/** The wizard and the page of the bridge, on nodes that have none yet. */
async function takeBridge(page) {
  await goTo(page, 'bridge', 'There is no bridge on it');
  await page.getByRole('button', { name: 'Make the first design' }).click();
  await page.getByText('There is no design yet').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Deploy a design' }).click();
  await page.getByRole('radio', { name: /^attempt1/ }).check();
  await picture(page, 'bridge-choose');
  await page.getByRole('button', { name: 'Review what would change' }).click();
  await page.locator('.plan-file summary', { hasText: 'interfaces.d' }).first().click({ timeout: 60_000 });
  await picture(page, 'bridge-review');
  await page.getByRole('button', { name: /^Deploy attempt1/ }).click();
  await page
    .getByText(/goes back by itself in/)
    .nth(2)
    .waitFor({ timeout: 60_000 });
  await picture(page, 'bridge-run');
  await page.getByRole('heading', { name: /^Proven/ }).waitFor({ timeout: 120_000 });
  await picture(page, 'bridge-proof');
  await goTo(page, 'bridge', 'forwarding');
  await page.getByText('B/s').first().waitFor();
  await picture(page, 'bridge');
}

/** The wizard and the page of the sync, on two small folders. */
async function takeSync(page) {
  await goTo(page, 'sync', 'Nothing has run yet.');
  await page.getByRole('button', { name: 'Sync a pair' }).click();
  await page.getByRole('radio', { name: /^dell/ }).check();
  await picture(page, 'sync-choose');
  await page.getByRole('button', { name: 'Look at both sides' }).click();
  await page.getByRole('button', { name: /^Mark both folders/ }).click();
  await page.locator('.two-trees').waitFor();
  await picture(page, 'sync-review');
  await page.getByRole('button', { name: /^Make \d+ changes of media/ }).click();
  await page.getByRole('heading', { name: /^Made and read back/ }).waitFor();
  await picture(page, 'sync-proof');
  await goTo(page, 'sync', 'Recent runs');
  await page.getByRole('table', { name: 'Recent runs' }).locator('tbody tr').nth(1).waitFor();
  await picture(page, 'sync');
}

/** With arguments, only the pictures of these: `cards`, `backups`, `backup-wizards`, `bridge`, `sync`. */
function isWanted(part) {
  const wanted = process.argv.slice(2);
  return wanted.length === 0 || wanted.includes(part);
}

async function withPage(browser, take) {
  const host = await serve();
  try {
    const page = await openPage(browser);
    await page.goto(host.url);
    await page.locator('h1').waitFor();
    await take(page);
  } finally {
    await host.stop();
  }
}

/** Both wizards of the backups to their proof, on nodes with stand-ins of Proxmox. */
async function takeBackupWizards(page) {
  await goTo(page, 'backups', 'Guests');
  await page.getByRole('button', { name: 'Back up guests' }).click();
  await page.getByRole('button', { name: /^Choose the 3 that are due/ }).click();
  await picture(page, 'backup-choose');
  await page.getByRole('button', { name: /^Review the backups/ }).click();
  await page.locator('.planned').nth(2).waitFor();
  await picture(page, 'backup-review');
  await page.getByRole('button', { name: 'Back up 3 guests' }).click();
  await page.locator('.lane[data-state="running"]').first().waitFor();
  await page
    .getByText(/is backed up: \d+ %/)
    .first()
    .waitFor();
  await picture(page, 'backup-run');
  await page.getByRole('heading', { name: /^Made and read/ }).waitFor({ timeout: 120_000 });
  await picture(page, 'backup-proof');
  await goTo(page, 'backups', 'Guests');
  await page.getByRole('button', { name: 'Get a guest back' }).click();
  await page.getByRole('searchbox', { name: 'Find an archive' }).fill('web');
  await page.getByRole('radio').first().check();
  await page.getByRole('radio', { name: /^The guest itself/ }).check();
  await picture(page, 'restore-choose');
  await page.getByRole('button', { name: 'Review what would be overwritten' }).click();
  await page.getByRole('heading', { name: /^What will be erased/ }).waitFor();
  await picture(page, 'restore-review');
  await page.getByRole('checkbox', { name: /lost for good/ }).check();
  await page.getByRole('button', { name: /^Erase/ }).click();
  await page.getByRole('heading', { name: 'Restored and read back' }).waitFor({ timeout: 120_000 });
  await picture(page, 'restore-proof');
}

async function goTo(page, address, shown) {
  await page.evaluate(`location.hash = '#/${address}'`);
  await page.getByText(shown).first().waitFor();
  await page.locator('.waiting').waitFor({ state: 'detached' });
}

async function takeBackupWizardsOnNodes() {
  const rig = await cheapNodes({ policy: wizardsPolicy });
  try {
    const [baobab, ebony] = rig.nodes;
    // Slow enough that a backup can be seen while it runs.
    for (const node of rig.nodes) node.settings({ bytesPerSecond: 1 << 20, progressSeconds: 0.2 });
    baobab.addGuest(100, { name: 'web', running: true });
    baobab.addGuest(101, { type: 'lxc', name: 'git', running: true });
    ebony.addGuest(102, { name: 'postgres', running: true });
    await rm(join(lab, 'backups'), { recursive: true, force: true });
    rig.writeLab(lab);
    await sifakaWith(rig.environment, '--lab', lab, 'backups', 'discover');
    // A page alone erases nothing, and nobody sits at this terminal.
    const host = await serve(rig.environment, ['--yes']);
    try {
      const page = await openPage(browser);
      await page.goto(host.url);
      await page.locator('h1').waitFor();
      await takeBackupWizards(page);
    } finally {
      await host.stop();
    }
  } finally {
    await rig.stop();
  }
}

const wizardsPolicy = `schema: sifaka.backup-policy/1
timezone: Etc/UTC
rules:
  - name: everyone
    guests: [all]
    storage: nas
    schedule: { at: '02:30' }
    keep: { last: 7, weekly: 4 }
`;

const browser = await launchBrowser();
if (browser === undefined) throw new Error(`The pictures need ${chromiumPath}.`);
try {
  await rm(folder, { recursive: true, force: true });
  await mkdir(pictures, { recursive: true });
  await sifaka('lab', 'demo', lab);
  // So that the burn can be seen while it runs.
  await makeImageLarge(lab);
  await sifaka('drives', 'create', 'sd-32', '--size', '1GiB');
  if (isWanted('cards'))
    await withPage(browser, async (page) => {
      await takeWizard(page);
      await takePages(page);
    });
  if (isWanted('sync')) {
    await makeDemoPair({ lab, folder: join(folder, 'mnt') });
    await withPage(browser, takeSync);
  }
  if (isWanted('backups')) {
    await backupsLab(lab, 'registry');
    await withPage(browser, takeBackups);
  }
  if (isWanted('backup-wizards')) {
    if (process.getuid?.() !== 0 || !cheapNodeTools.every(isOnPath))
      console.log('The pictures of the wizards of the backups were not taken: they need root, and nodes.');
    else await takeBackupWizardsOnNodes();
  }
  if (!isWanted('bridge')) {
    // Asked for other pictures.
  } else if (process.getuid?.() !== 0 || !clusterTools.every(isOnPath)) {
    console.log('The pictures of the bridge were not taken: it needs root, and what boots the nodes.');
  } else {
    const cluster = await startCluster();
    try {
      cluster.writeLab(lab);
      const bridged = await serve(cluster.environment);
      try {
        const page = await openPage(browser);
        await page.goto(bridged.url);
        await page.locator('h1').waitFor();
        await takeBridge(page);
      } finally {
        await bridged.stop();
      }
    } finally {
      await cluster.stop();
    }
  }
} finally {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
}
