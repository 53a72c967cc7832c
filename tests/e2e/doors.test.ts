import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { WebSocketRoute } from 'playwright';
import { describe, expect, it } from 'vitest';
import { expectAccessible, openTab, shoot } from './browser.ts';
import { planned } from './journeys/card-job.ts';
import { startApp } from './running-app.ts';
import { setupStage } from './stage.ts';

const stage = setupStage();

describe('the key of a launch', () => {
  it('is asked for in words when it is not there, and when it is of an earlier launch', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page });
    const { page, context } = await openTab(chromium);
    await page.goto(new URL('/', app.host.url).href);
    await page.getByRole('heading', { name: /needs the link from your terminal/ }).waitFor();
    await shoot(page, 'no-token-light');
    await expectAccessible(page);

    await page.goto(`${new URL('/', app.host.url).href}?#token=${'A'.repeat(43)}`);
    await page.getByRole('heading', { name: /no longer valid/ }).waitFor();
    await expectAccessible(page);
    await context.close();
  });

  it('stays in the tab over a reload, and is in no address', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page });
    const { page, context, complaints } = await openTab(chromium);
    await page.goto(app.host.url);
    await page.getByRole('heading', { name: 'Today' }).waitFor();
    expect(page.url()).toBe(new URL('/', app.host.url).href);
    await page.reload();
    await page.getByRole('heading', { name: 'Today' }).waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });
});

describe('a host that goes away', () => {
  it('is said calmly, with what was there still shown, and its new launch asks for its link', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page });
    const { page, context } = await openTab(chromium);
    await page.goto(app.host.url);
    await page.getByRole('heading', { name: 'Today' }).waitFor();
    await app.host.close();
    await page.getByText(/The host is not answering/).waitFor();
    await page.getByRole('heading', { name: 'Today' }).waitFor();
    await shoot(page, 'host-away-light');
    await expectAccessible(page);
    await app.restartHost();
    await page.getByRole('heading', { name: /no longer valid/ }).waitFor({ timeout: 30_000 });
    await context.close();
  });
});

describe('a connection that breaks', () => {
  it('comes back by itself, and the page is asked anew', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page });
    const { page, context } = await openTab(chromium);
    const connections: WebSocketRoute[] = [];
    await page.routeWebSocket(/\/rpc$/, (socket) => {
      connections.push(socket);
      socket.connectToServer();
    });
    await page.goto(app.host.url);
    await page.getByText('First on a new lab').waitFor();
    await rm(join(app.lab, 'metis/secrets/k3s-token.age'));

    await connections[0]?.close();
    await expect.poll(() => connections.length).toBe(2);
    await page.getByText(/The secret k3s-token is not sealed/).waitFor();
    expect(await page.getByText(/The host is not answering/).count()).toBe(0);
    await context.close();
  });
});

describe('a viewer', () => {
  it('sees the plan and cannot burn it', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page });
    await app.client.drives.createVirtual({ name: 'sd-1', size: 1 << 28 });
    const { page, context } = await openTab(chromium);
    await page.goto(app.host.urls.viewer);
    await page.getByText('You may look, not change').waitFor();
    await page.getByRole('link', { name: 'Cards', exact: true }).click();
    await page.getByRole('button', { name: 'Burn a card for titan-13' }).click();
    await page.getByRole('radio', { name: /sd-1/ }).check();
    await page.getByRole('button', { name: 'Review what would happen' }).click();
    await page.getByRole('heading', { name: 'What will be erased' }).waitFor(planned);
    expect(await page.getByRole('button', { name: /^Erase/ }).isDisabled()).toBe(true);
    await shoot(page, 'viewer-review-light');
    await context.close();
  });
});

describe('secrets', () => {
  it('are unlocked with the passphrase where the plan needs them', async (test) => {
    const chromium = stage.browser(test);
    const passphrase = 'four ringed tails';
    await using app = await startApp({ page: stage.page, passphrase });
    await app.client.drives.createVirtual({ name: 'sd-1', size: 1 << 28 });
    const { page, context, complaints } = await openTab(chromium);
    await page.goto(app.host.url);
    await page.getByText('Your identity is locked, so secrets cannot be opened.').waitFor();
    await page.getByRole('link', { name: 'Cards', exact: true }).click();
    await page.getByRole('button', { name: 'Burn a card for titan-13' }).click();
    await page.getByRole('radio', { name: /sd-1/ }).check();
    await page.getByRole('button', { name: 'Review what would happen' }).click();
    await page.getByRole('alert').getByText('IDENTITY_LOCKED').waitFor();

    await page.getByRole('button', { name: 'Unlock secrets' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Passphrase', { exact: true }).fill('wrong');
    await page.keyboard.press('Enter');
    await dialog.getByRole('alert').waitFor();
    await shoot(page, 'unlock-refused-light');
    await expectAccessible(page);
    await dialog.getByLabel('Passphrase', { exact: true }).fill(passphrase);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'What will be erased' }).waitFor(planned);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('get an identity in the window on the first day', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page, untouched: true });
    const { page, context, complaints } = await openTab(chromium);
    await page.goto(app.host.url);
    await page.getByText(/There is no identity on this machine/).waitFor();
    await page.getByRole('link', { name: 'Lab', exact: true }).click();
    await page.getByRole('button', { name: 'Make an identity' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Make it without a passphrase' }).waitFor();
    await shoot(page, 'make-identity-light');
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Make it without a passphrase' }).click();
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByText('Your identity is open.').waitFor();
    expect((await app.client.secrets.check()).identity).toBe('ready');
    expect(complaints).toEqual([]);
    await context.close();
  });

  // What the page shows of the identity once it is there, which the button that opened the dialog is no part of.
  it.for([
    ['Lab', 'Your identity is open.'],
    ['Today', /secrets still missing/],
  ] as const)(
    'keep saying on %s where a new identity lies, whatever the page asks anew meanwhile',
    async ([name, isThere], test) => {
      const chromium = stage.browser(test);
      await using app = await startApp({ page: stage.page, untouched: true });
      const { page, context, complaints } = await openTab(chromium);
      const connections: WebSocketRoute[] = [];
      await page.routeWebSocket(/\/rpc$/, (socket) => {
        connections.push(socket);
        socket.connectToServer();
      });
      await page.goto(app.host.url);
      await page.getByRole('link', { name, exact: true }).click();
      await page.getByRole('button', { name: 'Make an identity' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Make it without a passphrase' }).click();
      await dialog.getByText('Keep a copy of this file').waitFor();

      await connections[0]?.close();
      await page.getByText(isThere).waitFor();
      expect(await page.getByRole('button', { name: 'Make an identity' }).count()).toBe(0);
      await dialog.getByText('Keep a copy of this file').waitFor();
      await dialog.getByRole('button', { name: 'Done' }).click();
      await dialog.waitFor({ state: 'detached' });
      expect(complaints).toEqual([]);
      await context.close();
    },
  );
});

describe('the page', () => {
  it('keeps the chosen appearance', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page });
    const { page, context } = await openTab(chromium);
    await page.goto(app.host.url);
    const root = page.locator('html');
    await page.getByRole('button', { name: 'Appearance' }).click();
    await page.getByRole('menuitem', { name: 'Dark' }).click();
    await page.getByRole('button', { name: 'Appearance' }).click();
    await page.getByRole('menuitem', { name: 'High contrast' }).click();
    await page.reload();
    await expect.poll(() => root.getAttribute('data-mantine-color-scheme')).toBe('dark');
    await expect.poll(() => root.getAttribute('data-contrast')).toBe('more');
    await context.close();
  });
});
