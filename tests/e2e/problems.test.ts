import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectAccessible, openTab, shoot } from './browser.ts';
import { planned, reviewBurn } from './journeys/card-job.ts';
import { readRefusedPlan } from './journeys/refused-plan.ts';
import { editInventory } from './large-image.ts';
import { startApp } from './running-app.ts';
import { setupStage } from './stage.ts';

const stage = setupStage();

describe('a plan that cannot be made', () => {
  it('names the missing secret, keeps the red button shut, and is made when it is sealed', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page, withoutSecrets: ['k3s-token'] });
    await app.client.drives.createVirtual({ name: 'sd-1', size: 1 << 28 });
    const { page, context, complaints } = await openTab(chromium);
    await page.goto(app.host.url);
    await page.getByText(/The secret k3s-token is not sealed/).waitFor();
    await shoot(page, 'today-missing-secret-light');

    await reviewBurn(page, 'titan-13', 'sd-1');
    const problem = page.getByRole('alert');
    await problem
      .getByText(/k3s-token/)
      .first()
      .waitFor(planned);
    await problem.getByText(/^SECRET_/).waitFor();
    await expect.poll(() => page.getByRole('button', { name: /^Erase/ }).isDisabled()).toBe(true);
    await shoot(page, 'wizard-problem-light');
    await expectAccessible(page);

    await app.client.secrets.seal({ name: 'k3s-token', value: 'a-token-for-this-test' });
    await page.getByRole('button', { name: 'Plan again' }).click();
    await page.getByRole('heading', { name: 'What will be erased' }).waitFor(planned);
    expect(await page.content()).not.toContain('a-token-for-this-test');
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('says that the image is not the one of the inventory', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({
      page: stage.page,
      prepare: (lab) =>
        editInventory(lab, (text) => text.replace(/sha256: [0-9a-f]{64}/, `sha256: ${'ab'.repeat(32)}`)),
    });
    await app.client.drives.createVirtual({ name: 'sd-1', size: 1 << 28 });
    const { page, context } = await openTab(chromium, 'dark');
    await page.goto(app.host.url);
    await readRefusedPlan(page, 'titan-13', 'sd-1', /^IMAGE_DIGEST_MISMATCH$/);
    await shoot(page, 'wizard-problem-dark');
    await expectAccessible(page);
    await context.close();
  });

  it('says that the card is too small', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page });
    await app.client.drives.createVirtual({ name: 'sd-1', size: 1 << 20 });
    const { page, context } = await openTab(chromium);
    await page.goto(app.host.url);
    await readRefusedPlan(page, 'titan-13', 'sd-1', /^(TARGET_TOO_SMALL|IMAGE_TOO_LARGE)$/);
    await context.close();
  });
});

describe('a plan that is no longer true', () => {
  it('is refused when the target was burned meanwhile, and can be reviewed again', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page });
    const drive = await app.client.drives.createVirtual({ name: 'sd-1', size: 1 << 28 });
    const { page, context } = await openTab(chromium);
    await page.goto(app.host.url);
    await reviewBurn(page, 'titan-13', 'sd-1');
    await page.getByRole('heading', { name: 'What will be erased' }).waitFor(planned);
    await rm(drive.path);
    await app.client.drives.createVirtual({ name: 'sd-1', size: 1 << 29 });

    await page.getByRole('button', { name: /^Erase/ }).click();
    await page
      .getByRole('alert')
      .getByText(/^(PLAN_CHANGED|TARGET_CHANGED)$/)
      .waitFor();
    await shoot(page, 'wizard-plan-changed-light');
    await page.getByRole('button', { name: 'Review again' }).click();
    await page.getByRole('heading', { name: 'What will be erased' }).waitFor(planned);
    await page.getByText('537 MB').first().waitFor();
    await context.close();
  });
});

describe('a lab with mistakes', () => {
  it('names file, line and fix on Today and on Lab', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({
      page: stage.page,
      untouched: true,
      prepare: async (lab) => {
        await editInventory(lab, (text) => text.replace('class: control-plane', 'class: no-such-class'));
        await rm(join(lab, 'metis/images/demo.img.zst'));
      },
    });
    for (const look of ['light', 'dark'] as const) {
      const { page, context } = await openTab(chromium, look);
      await page.goto(app.host.url);
      await page
        .getByText(/no-such-class/)
        .first()
        .waitFor();
      await page.getByRole('link', { name: 'Mend' }).first().waitFor();
      await expect.poll(() => page.locator('.waiting').count()).toBe(0);
      await shoot(page, `today-mistakes-${look}`);
      await expectAccessible(page);
      await page.getByRole('link', { name: 'Lab', exact: true }).click();
      await page
        .getByText(/metis\/inventory\.yaml:\d+/)
        .first()
        .waitFor();
      await page.getByRole('heading', { name: 'This machine' }).waitFor();
      await expect.poll(() => page.locator('.waiting').count()).toBe(0);
      await shoot(page, `lab-mistakes-${look}`);
      await expectAccessible(page);
      await context.close();
    }
  });

  it('cannot put markup or hidden text into the page', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({
      page: stage.page,
      prepare: (lab) =>
        editInventory(lab, (text) =>
          text.replace(
            'description: The large machine; runs what needs memory',
            'description: "<img src=x onerror=alert(1)><b>bold</b> \\u202Edesrever"',
          ),
        ),
    });
    const { page, context, complaints } = await openTab(chromium);
    const dialogs: string[] = [];
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    await page.goto(app.host.url);
    await page.getByRole('link', { name: 'Cards' }).click();
    await page.getByRole('link', { name: /titan-23/ }).click();
    const about = page.getByText(/onerror/);
    expect(await about.innerText()).toContain('<img src=x onerror=alert(1)><b>bold</b> \\u{202e}desrever');
    expect(await page.locator('main img, main b').count()).toBe(0);
    expect(dialogs).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  });
});
