import { describe, expect, it } from 'vitest';
import { keepLoopNumbers } from '../rig/loop-numbers.ts';
import { expectAccessible, openTab, shoot } from './browser.ts';
import { driveAt, insertLoopDevice, requireLoopDevices } from './loop-device.ts';
import { openTargets } from './open-targets.ts';
import { startApp } from './running-app.ts';
import { setupStage } from './stage.ts';

const stage = setupStage();
/** As no other test has it: one that came to this one's place in the meantime would have its name. */
const cardSize = 160 << 20;

describe('the drives of this machine', () => {
  it('come and go while the page is open; a chosen one that goes is said to be gone', async (test) => {
    requireLoopDevices(test);
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page });
    const { page, context, complaints } = await openTab(chromium);
    await page.goto(app.host.url);
    await openTargets(page, 'titan-13');
    await page.getByRole('heading', { name: 'Not offered' }).waitFor();
    await using card = await insertLoopDevice(cardSize);

    const radio = page.getByRole('radio', { name: (await driveAt(app, card.path)).label });
    await radio.waitFor();
    expect(await radio.isChecked()).toBe(false);
    expect(await page.getByRole('radio', { checked: true }).count()).toBe(0);
    await page.getByRole('button', { name: 'Choose a target first' }).waitFor();
    await shoot(page, 'wizard-2-drive-inserted-light');
    await expectAccessible(page);

    await radio.check();
    await page.getByRole('group', { name: /space the card does not use/ }).waitFor();
    expect(await page.getByRole('radio', { name: 'Keep it' }).isChecked()).toBe(true);
    await page.getByRole('button', { name: 'Review what would happen' }).waitFor();
    await expectAccessible(page);

    {
      // Until that is said no other test's drive comes to its place, of which the page would speak, too.
      await using _ = await keepLoopNumbers();
      await card.detach();
      await page.getByText('was taken out.').waitFor();
    }
    await page.getByRole('button', { name: 'Choose a target first' }).waitFor();
    expect(await page.getByRole('radio', { checked: true }).count()).toBe(0);
    await expect.poll(() => radio.count()).toBe(0);
    await shoot(page, 'wizard-2-drive-removed-light');
    await expectAccessible(page);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('that this system needs are shown with the reason, and cannot be chosen by key or pointer', async (test) => {
    requireLoopDevices(test);
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page });
    const drives = await app.client.drives.real();
    const system = drives.filter(({ offered, kind }) => !offered && kind !== 'loop');
    expect(system.length).toBeGreaterThan(0);
    const { page, context, complaints } = await openTab(chromium, 'dark');
    await page.goto(app.host.url);
    await openTargets(page, 'titan-13');
    const refused = page.getByRole('region', { name: 'Not offered' });
    for (const drive of system) {
      const entry = refused.getByRole('listitem').filter({ hasText: drive.path }).first();
      for (const reason of drive.reasons) await entry.getByText(reason).waitFor();
      await entry.click();
    }
    expect(await refused.locator('input, button, a, [tabindex]').count()).toBe(0);
    await page.getByRole('button', { name: 'Choose a target first' }).waitFor();
    await shoot(page, 'wizard-2-drives-dark');
    await expectAccessible(page);

    // Nor does a request that no page would make.
    for (const { path } of system) {
      await expect(
        app.client.cards.plan({ node: 'titan-13', target: { kind: 'drive', path } }),
      ).rejects.toMatchObject({ code: 'DRIVE_NOT_OFFERED' });
    }
    expect(complaints).toEqual([]);
    await context.close();
  });
});

describe('a run that waits for permission', () => {
  it('shows the command to copy, without haste, and goes on when it was given', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page });
    const command = 'sudo /usr/bin/node /opt/sifaka/writer.js /run/user/1000/sifaka-1 < /var/cache/card.raw';
    const permission = Promise.withResolvers<void>();
    const id = await app.services.jobs.start({
      kind: 'card-burn',
      title: 'Burn titan-13 onto SanDisk Ultra 32 GB · 1b2c',
      subject: '/dev/sifaka-no-such-drive',
      ifCutOff: 'Nothing was written.',
      steps: [
        {
          id: 'permission',
          label: 'Ask for permission',
          unit: 'steps',
          weight: 1,
          pull: 'Nothing is written.',
        },
        { id: 'write', label: 'Write', unit: 'bytes', weight: 9, pull: 'It does not boot.' },
      ],
      async run({ signal, report }) {
        report.progress({ step: 'permission', done: 0, total: 1 });
        report.note(`Run this in a terminal on this machine:\n${command}`);
        await permission.promise;
        report.progress({ step: 'write', done: 1, total: 2 });
        return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error())));
      },
    });
    const { page, context, complaints } = await openTab(chromium);
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.goto(app.host.url);
    await page.getByRole('link', { name: /^Jobs/ }).click();
    await page.getByRole('link', { name: /titan-13/ }).click();
    const panel = page.getByRole('region', { name: /Waiting for your permission/ });
    await panel.getByText(command).waitFor();
    await page.getByText('Nothing is written.').waitFor();
    await panel.getByRole('button', { name: 'Copy this command' }).click();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(command);
    await shoot(page, 'wizard-4-permission-light');
    await expectAccessible(page);

    permission.resolve();
    await expect.poll(() => panel.count()).toBe(0);
    await page.getByText('It does not boot.').waitFor();
    await app.client.jobs.cancel({ id });
    expect(complaints).toEqual([]);
    await context.close();
  });
});
