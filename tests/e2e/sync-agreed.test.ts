import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectAccessible, openTab, shoot } from './browser.ts';
import { type RunningApp, startApp } from './running-app.ts';
import { setupStage } from './stage.ts';

const stage = setupStage();
let folder: string;
let app: RunningApp;

function write(file: string, text: string, secondsAgo: number): void {
  writeFileSync(file, text);
  const time = Date.now() / 1000 - secondsAgo;
  utimesSync(file, time, time);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sifaka-sync-agreed-'));
  const [dell, hp] = [join(folder, 'dell'), join(folder, 'hp')];
  for (const side of [dell, hp]) mkdirSync(side);
  for (let file = 0; file < 60; file += 1) {
    write(join(dell, `file-${file}`), 'changed on dell, every one', 60);
    write(join(hp, `file-${file}`), 'as before', 3600);
  }
  app = await startApp({
    page: stage.page,
    untouched: true,
    async prepare(lab) {
      writeFileSync(
        join(lab, 'sync/pairs.yaml'),
        `schema: sifaka.sync-pairs/1\nlogFolder: ${join(folder, 'log')}\npairs:\n  media:\n    sides: {dell: ${dell}, hp: ${hp}}\n`,
      );
    },
  });
  await app.client.sync.initPair({ pair: 'media' });
});

afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

it('what is too much for a run is agreed to by name in the review, and then done', async (test) => {
  const { page, context, complaints } = await openTab(stage.browser(test));
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(app.host.url);
  await page.getByRole('link', { name: 'Sync', exact: true }).click();
  await page.getByRole('button', { name: 'Sync media from dell to hp' }).click();
  const notice = page.locator('.problem');
  await notice.getByText('SYNC_EVERYTHING_CHANGED').waitFor();
  expect(await notice.innerText()).not.toContain('--');
  const button = page.getByRole('button', { name: 'Make 60 changes of media from dell to hp' });
  expect(await button.isDisabled()).toBe(true);
  const consent = page.getByRole('checkbox', {
    name: `Replace 60 files in ${join(folder, 'hp')} all the same`,
  });
  await consent.check();
  await shoot(page, 'sync-agreed');
  await expectAccessible(page);
  // What is looked at again is agreed to again.
  write(join(folder, 'dell/one-more'), 'new', 100);
  await page.getByRole('button', { name: 'Plan again' }).click();
  await page.getByRole('button', { name: 'Make 61 changes of media from dell to hp' }).waitFor();
  expect(await consent.isChecked()).toBe(false);
  expect(readFileSync(join(folder, 'hp/file-7'), 'utf8')).toBe('as before');
  await consent.check();
  await page.getByRole('button', { name: 'Make 61 changes of media from dell to hp' }).click();
  await page.getByRole('heading', { name: 'Made and read back: 61 changes' }).waitFor({ timeout: 60_000 });
  expect(readFileSync(join(folder, 'hp/file-7'), 'utf8')).toBe('changed on dell, every one');
  const trash = join(folder, 'hp/.sifaka-trash');
  const run = readdirSync(trash).find((name) => name.endsWith('.json')) ?? '';
  expect(readFileSync(join(trash, run.replace(/\.json$/, ''), 'file-7'), 'utf8')).toBe('as before');

  // The way back has nothing to do, and says what wins there and that the other way brings it over.
  for (const name of ['file-7', 'file-8']) write(join(folder, 'dell', name), 'newer on dell again', 5);
  await page.getByRole('link', { name: 'Back to Sync' }).click();
  await page.getByRole('button', { name: 'Sync media from hp to dell' }).click();
  const staying = page.getByRole('list', { name: 'dell wins: the other direction brings these over' });
  await staying.waitFor();
  expect(await staying.innerText()).toMatch(/file-7\s+It is newer there\.\s+file-8\s+It is newer there\./);
  expect(complaints).toEqual([]);
  await context.close();
});
