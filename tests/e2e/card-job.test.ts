import { open } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { holdCardWrites } from '../rig/held-writes.ts';
import { expectAccessible, openTab, shoot } from './browser.ts';
import {
  attachToJob,
  burnButton,
  isMaking,
  isProven,
  isProvenAgain,
  planned,
  reviewBurn,
  verifyAgain,
} from './journeys/card-job.ts';
import { makeImageLarge } from './large-image.ts';
import { type RunningApp, startApp } from './running-app.ts';
import { setupStage } from './stage.ts';

const stage = setupStage();

describe('a job that runs', () => {
  it('is still there after a reload and in another tab, and ends in its proof', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page, prepare: makeImageLarge });
    await app.client.drives.createVirtual({ name: 'sd-1', size: 1 << 30 });
    const first = await openTab(chromium);
    const second = await openTab(chromium, 'dark');
    await first.page.goto(app.host.url);
    await second.page.goto(app.host.url);

    await reviewBurn(first.page, 'titan-13', 'sd-1');
    // Held half way: what is written before the click is the image that is unpacked.
    await expect.poll(() => burnButton(first.page, 'titan-13', 'sd-1').isEnabled(), planned).toBe(true);
    using held = await holdCardWrites({ after: 256 << 20 });
    await burnButton(first.page, 'titan-13', 'sd-1').click();
    await isMaking(first.page);
    await first.page.reload();
    await isMaking(first.page);
    await first.page.getByText('If you pull the card now').waitFor();

    await attachToJob(second.page, 'titan-13');
    await first.page.getByText('Write', { exact: true }).first().waitFor({ timeout: 60_000 });
    await shoot(first.page, 'wizard-4-run-light');
    await shoot(second.page, 'wizard-4-run-dark');
    await expectAccessible(second.page);
    held.release();

    await Promise.all([first, second].map(({ page }) => isProven(page, 'titan-13')));
    await first.page.reload();
    await isProven(first.page, 'titan-13');
    expect([...first.complaints, ...second.complaints]).toEqual([]);
    await first.context.close();
    await second.context.close();
  });

  it('is stopped only when asked twice, and says what it left', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page, prepare: makeImageLarge });
    await app.client.drives.createVirtual({ name: 'sd-1', size: 1 << 30 });
    const { page, context } = await openTab(chromium);
    await page.goto(app.host.url);
    await reviewBurn(page, 'titan-13', 'sd-1');
    // The plan has its image by then, which is unpacked in such pieces, too.
    await expect.poll(() => burnButton(page, 'titan-13', 'sd-1').isEnabled(), planned).toBe(true);
    using held = await holdCardWrites();
    await burnButton(page, 'titan-13', 'sd-1').click();
    await isMaking(page);

    await page.getByRole('button', { name: 'Stop…' }).click();
    await page.getByRole('button', { name: 'Stop this job' }).waitFor();
    await shoot(page, 'wizard-4-stop-light');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Stop this job' }).click();
    await page.getByRole('button', { name: 'Stop this job' }).waitFor({ state: 'detached' });
    held.release();

    await page.getByRole('heading', { name: 'Stopped' }).waitFor();
    await page.getByText('CANCELLED', { exact: true }).waitFor();
    expect((await app.client.jobs.list())[0]?.state).toBe('cancelled');
    expect(await app.client.cards.receipts({})).toEqual([]);
    await page.getByRole('link', { name: 'Back to the review' }).click();
    await page.getByRole('heading', { name: 'Review what will happen' }).waitFor();
    await context.close();
  });
});

describe('a card that was proven', () => {
  it('is erased only when what is on it was agreed to', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page });
    await app.client.drives.createVirtual({ name: 'sd-1', size: 1 << 28 });
    await burn(app, 'titan-13');
    const { page, context, complaints } = await openTab(chromium);
    await page.goto(app.host.url);
    await reviewBurn(page, 'titan-15', 'sd-1');
    const agree = page.getByRole('checkbox', { name: /Erase what is on it now: an MBR with 2 partitions/ });
    await agree.waitFor({ timeout: 60_000 });
    expect(await burnButton(page, 'titan-15', 'sd-1').isDisabled()).toBe(true);
    await shoot(page, 'wizard-3-review-not-empty-light');
    await expectAccessible(page);
    await agree.check();
    await burnButton(page, 'titan-15', 'sd-1').click();
    await isProven(page, 'titan-15');
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('is verified again, and the difference is named when it was changed since', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page });
    const drive = await app.client.drives.createVirtual({ name: 'sd-1', size: 1 << 28 });
    await burn(app, 'titan-13');
    const { page, context, complaints } = await openTab(chromium);
    await page.goto(app.host.url);
    await verifyAgain(page, 'titan-13');
    await isProvenAgain(page);
    await shoot(page, 'verify-equal-light');
    await expectAccessible(page);

    const receipt = (await app.client.cards.receipts({ node: 'titan-13' }))[0];
    await flipByte(drive.path, receipt?.ranges[0]?.offset ?? 0);
    await verifyAgain(page, 'titan-13');
    await page.getByRole('heading', { name: /differs from its receipt/ }).waitFor({ timeout: 60_000 });
    await page.getByRole('alert').getByText('VERIFY_MISMATCH').waitFor();
    await shoot(page, 'verify-differs-light');
    await expectAccessible(page);
    expect(complaints).toEqual([]);
    await context.close();
  });
});

async function burn(app: RunningApp, node: string): Promise<void> {
  const { digest } = await app.client.cards.plan({ node, target: { kind: 'virtual-drive', name: 'sd-1' } });
  const { confirmation } = await app.client.cards.confirm({ planDigest: digest });
  const { jobId } = await app.client.cards.burn({ planDigest: digest, confirmation });
  for await (const event of await app.client.jobs.follow({ id: jobId })) {
    if (event.type === 'ended') expect(event.outcome).toBe('done');
  }
}

async function flipByte(file: string, offset: number): Promise<void> {
  await using handle = await open(file, 'r+');
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, offset);
  buffer[0] = (buffer[0] ?? 0) ^ 0xff;
  await handle.write(buffer, 0, 1, offset);
}
