import { readdirSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildWriter } from './built-writer.ts';
import { planned } from './journeys/card-job.ts';
import { tabTo } from './journeys/keyboard.ts';
import { expectAccessible, openTab, shoot } from './browser.ts';
import { makeImageLarge } from './large-image.ts';
import { driveAt, insertLoopDevice, requireLoopDevices } from './loop-device.ts';
import { openTargets } from './open-targets.ts';
import { startApp } from './running-app.ts';
import { setupStage } from './stage.ts';

const stage = setupStage();
const cardSize = 256 << 20;
let writer: Awaited<ReturnType<typeof buildWriter>>;

beforeAll(async () => {
  writer = await buildWriter();
});
afterAll(() => writer.remove());

describe('a card on a real drive', () => {
  it('is burned and proven by keyboard alone', async (test) => {
    requireLoopDevices(test);
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page, resources: writer.resources });
    await using card = await insertLoopDevice(cardSize);
    const drive = await driveAt(app, card.path);
    const { page, context, complaints } = await openTab(chromium);
    await page.goto(app.host.url);
    await openTargets(page, 'titan-13');

    const radio = page.getByRole('radio', { name: drive.label });
    await radio.waitFor();
    // One group, one stop: the arrow keys go through all that can be chosen.
    await tabTo(page, /radio/);
    await page.keyboard.press('Space');
    await expect
      .poll(async () => {
        const chosen = await radio.isChecked();
        if (!chosen) await page.keyboard.press('ArrowDown');
        return chosen;
      })
      .toBe(true);
    await tabTo(page, /radio "Keep it"/);
    await page.keyboard.press('ArrowUp');
    await page.getByRole('radio', { name: /^Overwrite/, checked: true }).waitFor();
    await shoot(page, 'wizard-2-drive-chosen-light');
    await page.keyboard.press('Enter');

    await page.getByRole('heading', { name: 'What will be erased' }).waitFor(planned);
    await page.getByText(drive.identity).waitFor();
    await page.getByText('overwritten with zeros and read back').waitFor();
    await shoot(page, 'wizard-3-review-drive-light');
    await expectAccessible(page);
    await tabTo(page, /checkbox "Erase what is on it now/);
    await page.keyboard.press('Space');
    await tabTo(page, new RegExp(`button "Erase ${escaped(drive.label)} and burn titan-13"`));
    await page.keyboard.press('Enter');

    await page.getByRole('heading', { name: /Proven: this card is titan-13/ }).waitFor({ timeout: 120_000 });
    await page.getByText('overwritten with zeros and read back').waitFor();
    await shoot(page, 'wizard-5-proof-drive-light');
    await expectAccessible(page);
    const [receipt] = await app.client.cards.receipts({ node: 'titan-13' });
    expect(receipt?.target).toMatchObject({ kind: 'drive', path: card.path });
    expect(receipt?.readFromMedium).toBe(true);
    expect(receipt?.freeSpace).toBe('overwrite');
    // An image with a partition table: the boot signature of its first sector.
    expect(await bytesAt(card.path, 510, 2)).toEqual(Buffer.from([0x55, 0xaa]));
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('says at every step what pulling it out would mean, and stops on request', async (test) => {
    requireLoopDevices(test);
    const chromium = stage.browser(test);
    await using app = await startApp({
      page: stage.page,
      resources: writer.resources,
      prepare: makeImageLarge,
    });
    await using card = await insertLoopDevice(2 * 2 ** 30);
    const drive = await driveAt(app, card.path);
    const { page, context, complaints } = await openTab(chromium, 'dark');
    await page.goto(app.host.url);
    await openTargets(page, 'titan-13');
    await page.getByRole('radio', { name: drive.label }).check();
    await expectAccessible(page);
    // All of it is written, and a large image is, so that there is time to stop it on a fast disk, too.
    await page.getByRole('radio', { name: /^Overwrite/ }).check();
    await page.getByRole('button', { name: 'Review what would happen' }).click();
    await page.getByRole('checkbox', { name: /Erase what is on it now/ }).check(planned);
    await page.getByRole('button', { name: /^Erase .* and burn titan-13/ }).click();

    const pull = page.getByRole('status').filter({ hasText: 'If you pull the card now' });
    // That nothing has been written yet is said for a moment only: real-drives.test.ts sees it where a run waits.
    await pull.getByText(/does not boot/).waitFor({ timeout: 60_000 });
    // As fast as the machine happens to be, and nothing while its disk is busy: a job says so when its bytes stand still. The rate
    // of a step that is over stays with it.
    await page
      .getByText(/\d\s[kMG]?B\/s$/)
      .first()
      .waitFor({ timeout: 60_000 });
    // Until it is told to stop it waits: a fast disk would be through before a slow page has asked.
    const stopped = writerProcesses();
    expect(stopped).not.toEqual([]);
    for (const pid of stopped) process.kill(pid, 'SIGSTOP');
    try {
      await page.getByRole('button', { name: 'Stop…' }).click();
      await shoot(page, 'wizard-4-run-drive-dark');
      await page.getByText(/If you stop now/).waitFor();
      await page.getByRole('button', { name: 'Stop this job' }).click();
      await page.getByRole('button', { name: 'Stop this job' }).waitFor({ state: 'detached' });
    } finally {
      for (const pid of stopped) goOn(pid);
    }
    await page.getByRole('heading', { name: 'Stopped' }).waitFor();
    await page
      .getByRole('alert')
      .getByText(/does not boot/)
      .waitFor();
    await expectAccessible(page);
    expect(await bytesAt(card.path, 510, 2)).toEqual(Buffer.alloc(2));
    expect(complaints).toEqual([]);
    await context.close();
  });
});

/** The writer that this file has built: no other test runs one of these. */
function writerProcesses(): number[] {
  return readdirSync('/proc')
    .filter((name) => {
      if (!/^\d+$/.test(name)) return false;
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(dirname(writer.resources));
      } catch {
        // It has ended.
        return false;
      }
    })
    .map(Number);
}

function goOn(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT');
  } catch {
    // It was ended, for which it need not go on.
  }
}

async function bytesAt(file: string, offset: number, length: number): Promise<Buffer> {
  await using handle = await open(file);
  const { buffer } = await handle.read(Buffer.alloc(length), 0, length, offset);
  return buffer;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
