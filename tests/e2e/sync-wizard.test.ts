import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { type MariaDb, startMariaDb } from '../rig/mariadb/start-mariadb.ts';
import { isOnPath, requireTools } from '../rig/required-tools.ts';
import { expectAccessible, openTab, shoot, type Tab } from './browser.ts';
import { type RunningApp, startApp } from './running-app.ts';
import { setupStage } from './stage.ts';

const stage = setupStage();
const hour = 3600;
/** What a page must show as text, and a folder may hold. */
const hostile = '<img src=x onerror=alert(1)> \u202egnp.exe';
let database: MariaDb;
let folder: string;
let app: RunningApp;
let tab: Tab;

const side = (name: 'dell' | 'hp', path = '') => join(folder, name, path);

function write(file: string, text: string | Buffer, secondsAgo: number): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  const time = Date.now() / 1000 - secondsAgo;
  utimesSync(file, time, time);
}

/** Every file below a side, by its path, without what Sifaka itself keeps there. */
function contents(name: 'dell' | 'hp'): Record<string, string> {
  const files = readdirSync(side(name), { recursive: true, encoding: 'utf8' })
    .filter((path) => !path.startsWith('.sifaka-') && statSync(side(name, path)).isFile())
    .toSorted();
  return Object.fromEntries(files.map((path) => [path, readFileSync(side(name, path)).toString('base64')]));
}

beforeAll(async () => {
  // What is missing is said by each test.
  if (!isOnPath('mariadbd')) return;
  database = await startMariaDb();
  folder = mkdtempSync(join(tmpdir(), 'sifaka-sync-wizard-'));
  write(side('dell', 'films/lemurs.mkv'), Buffer.alloc(3_000_000, 'lemur'), 5 * hour);
  write(side('dell', 'notes/plan.md'), 'as planned on dell, and longer', hour);
  write(side('hp', 'notes/plan.md'), 'as on hp', 3 * hour);
  write(side('dell', `odd/${hostile}`), 'harmless', 2 * hour);
  write(side('hp', 'only-on-hp.txt'), 'stays', 2 * hour);
  write(side('dell', 'same.txt'), 'same', 9 * hour);
  write(side('hp', 'same.txt'), 'same', 9 * hour);
  const time = statSync(side('dell', 'same.txt')).mtimeMs / 1000;
  utimesSync(side('hp', 'same.txt'), time, time);
  app = await startApp({
    page: stage.page,
    withoutSecrets: ['sync-database'],
    async prepare(lab) {
      writeFileSync(
        join(lab, 'sync/pairs.yaml'),
        `schema: sifaka.sync-pairs/1
logFolder: ${join(folder, 'log')}
databaseSecret: sync-database
pairs:
  media:
    sides: {dell: ${side('dell')}, hp: ${side('hp')}}
`,
      );
    },
  });
  await app.client.secrets.seal({ name: 'sync-database', value: database.dsn() });
});

afterAll(async () => {
  await tab?.context.close();
  await app?.[Symbol.asyncDispose]();
  await database?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** One tab through all of the file: what a test leaves is what the next one begins with. */
async function theTab(test: TestContext): Promise<Tab> {
  const chromium = stage.browser(test);
  requireTools(test, 'mariadbd');
  if (tab === undefined) {
    tab = await openTab(chromium);
    // One lab for all tests: another try would find what this one left, so that each step has the time of a busy machine.
    tab.page.setDefaultTimeout(60_000);
    await tab.page.goto(app.host.url);
  }
  return tab;
}

async function review(page: Page, from: string, to: string): Promise<void> {
  await page.goto(new URL('#/sync', page.url()).href);
  await page.getByRole('button', { name: `Sync media from ${from} to ${to}` }).click();
  await page.getByRole('heading', { name: 'Review what will be done' }).waitFor();
}

const proof = (page: Page) =>
  page.getByRole('heading', { name: /^Made and read back/ }).waitFor({ timeout: 60_000 });

describe('the wizard of the sync, on a real MariaDB', () => {
  it('marks a new pair, shows both sides, does what it showed, and proves it byte for byte', async (test) => {
    const { page, complaints } = await theTab(test);
    const before = { dell: contents('dell'), hp: contents('hp') };
    await page.getByRole('link', { name: 'Sync', exact: true }).click();
    await page.getByRole('heading', { name: 'Sync', exact: true }).waitFor();
    await page.getByText('Nothing has run yet.').waitFor();
    await page.getByRole('button', { name: 'Sync a pair' }).click();
    await page.getByRole('radio', { name: /dell\s*to\s*hp/ }).check();
    await shoot(page, 'sync-choose');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Look at both sides' }).click();
    await page.getByText('SYNC_ROOT_UNMARKED').waitFor();
    await page.getByRole('button', { name: 'Mark both folders of media' }).click();
    const trees = page.getByRole('region', { name: 'What is done, file by file' });
    await trees.waitFor();
    const words = await trees.innerText();
    expect(words).toMatch(/films\/[\s\S]*lemurs\.mkv[\s\S]*create/);
    expect(words).toMatch(/plan\.md[\s\S]*replace[\s\S]*to the trash[\s\S]*The source is newer/);
    expect(words).toContain('<img src=x onerror=alert(1)>');
    expect(words).not.toMatch(/same\.txt|only-on-hp/);
    await shoot(page, 'sync-review');
    await expectAccessible(page);
    // A review changes nothing, and is a dry run in the database.
    expect({ dell: contents('dell'), hp: contents('hp') }).toEqual(before);
    expect(
      await database.ask(
        'SELECT dry_run, files_created, files_updated, status FROM general_db.sync_iterations',
      ),
    ).toEqual([{ dry_run: 1, files_created: 2, files_updated: 1, status: 'success' }]);
    expect(
      await database.ask('SELECT COUNT(*) AS n FROM general_db.sync_operations WHERE dry_run = 1'),
    ).toEqual([{ n: 5 }]);

    await page.getByRole('button', { name: 'Make 3 changes of media from dell to hp' }).click();
    await proof(page);
    await page.getByText('The store has its records.').waitFor();
    // It is there by now.
    await page.getByText('It was not there.').first().waitFor();
    expect(await page.getByText('The source was newer.').count()).toBe(1);
    await page.getByText(/npx sifaka sync undo [0-9a-f-]{36} --dest/).waitFor();
    await shoot(page, 'sync-proof');
    await expectAccessible(page);
    expect(contents('dell')).toEqual(before.dell);
    expect(contents('hp')).toEqual({
      ...before.dell,
      'only-on-hp.txt': Buffer.from('stays').toString('base64'),
    });
    for (const path of Object.keys(before.dell))
      expect(
        Math.abs(statSync(side('hp', path)).mtimeMs - statSync(side('dell', path)).mtimeMs),
      ).toBeLessThan(0.01);
    const rows = await database.ask(
      'SELECT operation, filepath, size_before, size_after, status FROM general_db.sync_operations WHERE dry_run = 0 ORDER BY filepath',
    );
    expect(rows.map(({ operation, filepath, status }) => [operation, filepath, status])).toEqual([
      ['create', 'films/', 'success'],
      ['create', 'films/lemurs.mkv', 'success'],
      ['update', 'notes/plan.md', 'success'],
      ['create', 'odd/', 'success'],
      ['create', String.raw`odd/<img src=x onerror=alert(1)> \xe2\x80\xaegnp.exe`, 'success'],
    ]);
    expect(complaints).toEqual([]);
  });

  it('takes the other direction, which brings back what only that side has', async (test) => {
    const { page, complaints } = await theTab(test);
    await review(page, 'hp', 'dell');
    await page.getByRole('button', { name: 'Make 1 change of media from hp to dell' }).click();
    await proof(page);
    expect(contents('dell')).toEqual(contents('hp'));
    expect(complaints).toEqual([]);
  });

  it('shows a conflict: the newest stays, and the other is in the trash of its side', async (test) => {
    const { page, complaints } = await theTab(test);
    write(side('dell', 'notes/plan.md'), 'dell changed it last', 10);
    write(side('hp', 'notes/plan.md'), 'hp changed it, too', 600);
    await review(page, 'dell', 'hp');
    await page.getByText('Both sides have changed 1 file since they were the same.').waitFor();
    await page.getByText('Both sides had changed').first().waitFor();
    await shoot(page, 'sync-conflict');
    await page.getByRole('button', { name: 'Make 1 change of media from dell to hp' }).click();
    await proof(page);
    expect(readFileSync(side('hp', 'notes/plan.md'), 'utf8')).toBe('dell changed it last');
    const code = await page.locator('.sync-undo code').innerText();
    const [, iteration = ''] = /undo ([0-9a-f-]{36})/.exec(code) ?? [];
    expect(readFileSync(side('hp', `.sifaka-trash/${iteration}/notes/plan.md`), 'utf8')).toBe(
      'hp changed it, too',
    );
    expect(
      await database.ask(
        'SELECT COUNT(*) AS n FROM general_db.sync_operations WHERE conflict = 1 AND dry_run = 0',
      ),
    ).toEqual([{ n: 1 }]);
    await page.getByRole('link', { name: 'Back to Sync' }).click();
    const pairs = page.getByRole('table', { name: 'Pairs' });
    await expect.poll(async () => pairs.locator('tbody tr').first().innerText()).toMatch(/Done[\s\S]*1/);
    await page.getByRole('table', { name: 'Recent runs' }).locator('tbody tr').nth(5).waitFor();
    await shoot(page, 'sync-page');
    await expectAccessible(page);
    const size = page.viewportSize();
    await page.setViewportSize({ width: 800, height: 700 });
    // Wide tables scroll in their frames; the page as a whole stays where it is.
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(800);
    if (size !== null) await page.setViewportSize(size);
    await pairs.getByRole('link').first().click();
    await page.getByRole('heading', { name: 'Run of a pair' }).waitFor();
    await page.getByText('notes/plan.md').waitFor();
    await expectAccessible(page);
    expect(complaints).toEqual([]);
  });

  it('leaves what was changed between the review and the click, and says so', async (test) => {
    const { page, complaints } = await theTab(test);
    write(side('dell', 'same.txt'), 'reviewed', 20);
    await review(page, 'dell', 'hp');
    const button = page.getByRole('button', { name: 'Make 1 change of media from dell to hp' });
    await button.waitFor();
    write(side('hp', 'same.txt'), 'written after the review', 1);
    await button.click();
    await page.getByText('Changed meanwhile').waitFor({ timeout: 60_000 });
    expect(readFileSync(side('hp', 'same.txt'), 'utf8')).toBe('written after the review');
    expect(complaints).toEqual([]);
  });

  it('goes on without the database, which has everything once it is back', async (test) => {
    const { page, complaints } = await theTab(test);
    await review(page, 'hp', 'dell');
    await page.getByRole('button', { name: 'Make 1 change of media from hp to dell' }).waitFor();
    await database.kill();
    await page.getByRole('button', { name: 'Make 1 change of media from hp to dell' }).click();
    await page.getByText(/The store does not have its records yet/).waitFor({ timeout: 60_000 });
    expect(contents('dell')).toEqual(contents('hp'));
    await page.getByRole('link', { name: 'Back to Sync' }).click();
    await page.getByText('It does not answer').waitFor();
    await page.getByText('1 log waits').first().waitFor();
    await shoot(page, 'sync-without-database');
    await database.restart();
    write(side('dell', 'new.txt'), 'new', 100);
    await review(page, 'dell', 'hp');
    await page.getByRole('button', { name: 'Make 1 change of media from dell to hp' }).click();
    await page.getByText('The store has its records.').waitFor({ timeout: 60_000 });
    expect(existsSync(side('hp', 'new.txt'))).toBe(true);
    const [count] = await database.ask(
      "SELECT COUNT(*) AS n FROM general_db.sync_operations WHERE dry_run = 0 AND filepath = 'same.txt' AND status = 'success'",
    );
    expect(count).toEqual({ n: 1 });
    expect(complaints).toEqual([]);
  });
});
