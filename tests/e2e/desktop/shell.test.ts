import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { type DoubleOptions, requireDouble, RunningDouble } from '../../rig/electron-double/start-double.ts';
import { unproven } from '../../rig/required-tools.ts';
import { isMaking, isProven, startBurn } from '../journeys/card-job.ts';
import { makeImageLarge } from '../large-image.ts';
import { buildApp } from './built-app.ts';
import { makeDesktopFolder } from './desktop-folder.ts';

let app: Awaited<ReturnType<typeof buildApp>>;
beforeAll(async () => {
  app = await buildApp();
});
afterAll(() => app.remove());

/** Starts the built app over a lab. */
function start(options: Omit<DoubleOptions, 'built'>): RunningDouble {
  return new RunningDouble({ built: app.folder, ...options });
}

async function opened(
  test: TestContext,
  { prepare, ...options }: { prepare?: (lab: string) => Promise<void> } & Partial<DoubleOptions> = {},
) {
  requireDouble(test);
  const place = await makeDesktopFolder(prepare);
  const desktop = start({ folder: place.folder, argv: ['--lab', place.lab], ...options });
  const page = await desktop.page();
  await page.getByRole('heading', { name: 'Today' }).waitFor();
  return {
    place,
    desktop,
    page,
    async [Symbol.asyncDispose]() {
      await desktop[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    },
  };
}

describe('the window', () => {
  it('is never opened by root', async (test) => {
    requireDouble(test);
    if (process.getuid?.() !== 0) unproven(test, 'needs root, whose window is refused');
    await using place = await makeDesktopFolder();
    await using desktop = start({ folder: place.folder, argv: ['--lab', place.lab], asRoot: true });
    await desktop.exited;
    expect(desktop.child.exitCode).toBe(1);
    expect(desktop.words).toContain('does not open its window as root');
  });

  it('is sandboxed and isolated, and its page has the port and nothing else', async (test) => {
    await using running = await opened(test);
    const { desktop, page } = running;
    const state = await desktop.control('state');
    expect(state.isSandboxed).toBe(true);
    expect(state.windowOptions?.['webPreferences']).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
    });
    expect(state.trayIconIsEmpty).toBe(false);
    expect(await page.evaluate('[typeof require, typeof process, typeof module]')).toEqual([
      'undefined',
      'undefined',
      'undefined',
    ]);
  });

  it('gives a port to its own main frame alone', async (test) => {
    await using running = await opened(test);
    const { desktop } = running;
    const forge = (url: string, isMain: boolean) =>
      desktop.control('forgeMessage', 'sifaka:port-wanted', url, isMain);
    for (const url of [
      'https://sifaka/',
      'app://other/',
      'app://sifaka.evil/',
      'file:///etc/passwd',
      'about:blank',
      'data:text/html,x',
      '',
    ]) {
      expect([url, await forge(url, true)]).toEqual([url, false]);
    }
    expect(await forge('app://sifaka/', false)).toBe(false);
    // The check itself lets the right one through.
    expect(await forge('app://sifaka/', true)).toBe(true);
  });

  it('goes nowhere, opens nothing, and is allowed nothing', async (test) => {
    await using running = await opened(test);
    const { desktop, page } = running;
    for (const url of [
      'https://example.invalid/',
      'file:///etc/passwd',
      'app://sifaka/index.html?x',
      'javascript:1',
    ]) {
      for (const event of ['will-navigate', 'will-redirect', 'will-frame-navigate'] as const) {
        expect([url, await desktop.control('navigation', event, url)]).toEqual([url, true]);
      }
    }
    expect(await desktop.control('preventUnload')).toBe(true);
    await page.evaluate("location.href = 'https://example.invalid/'").catch(() => undefined);
    await expect
      .poll(async () => (await desktop.control('state')).navigations)
      .toEqual([{ url: 'https://example.invalid/', allowed: false }]);
    await page.getByRole('heading', { name: 'Today' }).waitFor();
    expect(await desktop.control('attachWebview')).toBe(true);
    for (const permission of ['media', 'geolocation', 'clipboard-read', 'hid', 'fileSystem']) {
      expect(await desktop.control('permissionAnswers', permission, 'app://sifaka/')).toEqual([
        false,
        false,
        false,
      ]);
    }
    const copying = 'clipboard-sanitized-write';
    expect(await desktop.control('permissionAnswers', copying, 'app://sifaka/')).toEqual([true, true, false]);
    expect(await desktop.control('permissionAnswers', copying, 'https://x/')).toEqual([false, false, false]);
    expect(await desktop.control('download')).toBe(false);
    for (const url of [
      'https://docs.example/a?b#c',
      'http://10.0.0.1/',
      'file:///etc/passwd',
      'smb://server/share',
      'javascript:alert(1)',
      'ms-msdt:/id',
      'https://user:pass@example.org/',
      'sifaka://jobs',
      'not a url',
    ]) {
      expect(await desktop.control('askToOpen', url)).toBe('deny');
    }
    expect((await desktop.control('state')).externalPages).toEqual([
      'https://docs.example/a?b#c',
      'http://10.0.0.1/',
    ]);
  });

  it('is served the built page and nothing else', async (test) => {
    await using running = await opened(test);
    const { page } = running;
    const status = (path: string, method = 'GET') =>
      page.evaluate(
        async ([url, verb]) => (await fetch(String(url), { method: String(verb) })).status,
        [path, method],
      );
    expect(await status('/')).toBe(200);
    for (const path of [
      '/../main/main.js',
      '/%2e%2e/main/main.js',
      '/..%2fmain/main.js',
      '/index.html.map',
      '/package.json',
    ]) {
      expect([path, await status(path)]).toEqual([path, 404]);
    }
    for (const method of ['POST', 'PUT', 'DELETE']) expect(await status('/', method)).toBe(404);
    const policy = await page.evaluate(async () => (await fetch('/')).headers.get('content-security-policy'));
    expect(policy).toMatch(/^default-src 'none'/);
    // And the policy holds: no script that came with the markup, no connection elsewhere.
    expect(
      await page.evaluate(`(() => {
        const script = document.createElement('script');
        script.textContent = 'window.wasRun = true';
        document.body.append(script);
        return 'wasRun' in window;
      })()`),
    ).toBe(false);
    expect(await page.evaluate(() => fetch('https://example.invalid/').then(String, String))).toContain(
      'TypeError',
    );
  });
});

describe('the desktop', () => {
  it('shows a job in tray and taskbar, goes on without the window, and says how it ended', async (test) => {
    await using running = await opened(test, { prepare: makeImageLarge });
    const { desktop, page } = running;
    await startBurn(page, 'titan-13', 'sd-1', () => desktop.control('holdCardWrites', 256 << 20));
    await expect.poll(async () => (await desktop.control('state')).trayToolTip).toMatch(/titan-13.*%/);
    expect((await desktop.control('state')).progress).toBeGreaterThanOrEqual(0);

    await desktop.closeWindow();
    await expect
      .poll(async () => (await desktop.control('state')).notifications.at(-1)?.title)
      .toBe('Sifaka goes on in the background');
    expect((await desktop.control('state')).windows).toBe(0);

    await desktop.control('clickTray', 'Burn titan-13');
    const again = await desktop.page();
    await isMaking(again);
    await desktop.control('releaseCardWrites');
    await isProven(again, 'titan-13');
    await expect.poll(async () => (await desktop.control('state')).notifications.at(-1)?.title).toBe('Done');
    const state = await desktop.control('state');
    expect(state.progress).toBe(-1);
    expect(state.trayToolTip).toBe('Sifaka');
    expect(state.tray).toContain('Nothing runs');

    await desktop.closeWindow();
    await desktop.exited;
    expect(desktop.child.exitCode).toBe(0);
  });

  it('asks before it quits while something runs, and keeps running unless told', async (test) => {
    await using running = await opened(test, { prepare: makeImageLarge });
    const { desktop, page } = running;
    await startBurn(page, 'titan-13', 'sd-1');
    await expect.poll(async () => (await desktop.control('state')).trayToolTip).toMatch(/titan-13/);
    await desktop.control('quit');
    await expect.poll(async () => (await desktop.control('state')).dialogs.length).toBe(1);
    expect((await desktop.control('state')).dialogs[0]?.options).toMatchObject({ defaultId: 0, cancelId: 0 });
    await desktop.control('answerDialog', { response: 0 });
    await page.getByText('If you pull the card now').waitFor();

    await desktop.control('quit');
    await expect.poll(async () => (await desktop.control('state')).dialogs.length).toBe(1);
    await desktop.control('answerDialog', { response: 1 });
    await desktop.exited;
    expect(desktop.child.exitCode).toBe(0);

    // The journal has its last line: the next start knows that it was stopped.
    await using next = start({
      folder: running.place.folder,
      argv: ['--lab', running.place.lab, 'sifaka://jobs'],
    });
    const after = await next.page();
    await after.getByRole('heading', { name: 'Jobs' }).waitFor();
    await after.getByText('Stopped').first().waitFor();
  });

  it('was killed in the middle of a burn: the next start says what it left', async (test) => {
    await using running = await opened(test, { prepare: makeImageLarge });
    await startBurn(running.page, 'titan-13', 'sd-1');
    await running.page
      .getByText(/does not boot/)
      .first()
      .waitFor({ timeout: 60_000 });
    await running.desktop.crash();

    await using next = start({
      folder: running.place.folder,
      argv: ['--lab', running.place.lab, 'sifaka://jobs'],
    });
    const page = await next.page();
    await page.getByRole('link', { name: /titan-13/ }).click();
    await page.getByText('JOB_CUT_OFF').waitFor();
    await page
      .getByText(/unfinished card that does not boot/)
      .first()
      .waitFor();
  });

  it('is one: a second start shows the window of the first, where its link leads', async (test) => {
    await using running = await opened(test);
    const { desktop, page, place } = running;
    await using second = start({
      folder: place.folder,
      argv: ['--lab', place.lab],
      environment: { SIFAKA_DOUBLE_OTHER_INSTANCE: 'yes' },
    });
    await second.exited;
    expect([second.child.exitCode, second.words]).toEqual([0, '']);

    const handOver = (data: unknown) => desktop.control('secondInstance', data);
    const { focused } = await desktop.control('state');
    await handOver({ address: '#/cards/node/titan-15' });
    await page.getByRole('heading', { name: 'titan-15' }).waitFor();
    for (const data of [
      { address: 'https://example.invalid/' },
      { address: '../x' },
      { lab: 7 },
      'x',
      null,
    ]) {
      await handOver(data);
    }
    await expect.poll(async () => (await desktop.control('state')).focused).toBe(focused + 6);
    expect(page.url()).toMatch(/#\/cards\/node\/titan-15$/);
    expect((await desktop.control('state')).windows).toBe(1);

    await handOver({ lab: place.otherLab });
    await page.getByText(place.otherLab, { exact: true }).waitFor();
  });

  it('hands its own command line over, as it was typed', async (test) => {
    await using running = await opened(test, {});
    expect((await running.desktop.control('state')).handedOver).toEqual({
      lab: running.place.lab,
      address: undefined,
    });
  });

  it('quits with its window open and nothing running, from menu, tray and by a signal', async (test) => {
    for (const quit of ['menu', 'tray', 'signal'] as const) {
      await using running = await opened(test);
      const { desktop } = running;
      if (quit === 'menu') await desktop.control('quit');
      else if (quit === 'tray') await desktop.control('clickTray', 'Quit');
      else desktop.child.kill('SIGTERM');
      await desktop.exited;
      expect([quit, desktop.child.exitCode, desktop.child.signalCode]).toEqual([quit, 0, null]);
    }
  });

  it('opens another lab from its menu, and remembers labs and window', async (test) => {
    await using running = await opened(test);
    const { desktop, page, place } = running;
    await desktop.control('clickMenu', 'File', 'Open lab folder');
    await expect.poll(async () => (await desktop.control('state')).dialogs.length).toBe(1);
    await desktop.control('answerDialog', { canceled: false, filePaths: [place.otherLab] });
    await page.getByText(place.otherLab, { exact: true }).waitFor();
    await desktop.control('moveWindow', { x: 40, y: 50, width: 900, height: 700 });
    await desktop.control('quit');
    await desktop.exited;

    await using next = start({ folder: place.folder });
    const after = await next.page();
    await after.getByText(place.otherLab, { exact: true }).waitFor();
    const state = await next.control('state');
    expect(state.windowOptions).toMatchObject({ x: 40, y: 50, width: 900, height: 700 });
    expect(JSON.stringify(state.menu)).toContain(place.lab);
    await next.control('clickMenu', 'File', 'Open recent', 'demo-lab');
    await after.getByText(place.lab, { exact: true }).waitFor();
  });

  it('speaks the first of the system’s languages that it knows', async (test) => {
    requireDouble(test);
    await using place = await makeDesktopFolder();
    for (const [languages, file, idle] of [
      ['fr-FR de-AT en-US', '&Datei', 'Nichts läuft'],
      ['fr-FR', '&File', 'Nothing runs'],
    ] as const) {
      await using desktop = start({
        folder: place.folder,
        argv: ['--lab', place.lab],
        environment: { SIFAKA_DOUBLE_LANGUAGES: languages },
      });
      await desktop.page();
      const { menu, tray } = await desktop.control('state');
      expect(JSON.stringify(menu)).toContain(file);
      expect(tray).toContain(idle);
    }
  });

  it('asks nobody for updates, and with a channel only when the operator looks for them', async (test) => {
    requireDouble(test);
    let asked = 0;
    // It cannot answer as https; that it is asked is all that counts.
    await using server = createServer((socket) => {
      asked += 1;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await using place = await makeDesktopFolder();
    const resources = join(place.folder, 'resources');
    await mkdir(resources);
    await writeFile(
      join(resources, 'app-update.yml'),
      `provider: generic\nurl: https://127.0.0.1:${port}/sifaka\n`,
    );

    {
      await using without = start({ folder: place.folder, argv: ['--lab', place.lab] });
      await (await without.page()).getByRole('heading', { name: 'Today' }).waitFor();
      expect(JSON.stringify((await without.control('state')).menu)).not.toContain('updates');
    }

    await using desktop = start({
      folder: place.folder,
      argv: ['--lab', place.lab],
      environment: { SIFAKA_DOUBLE_RESOURCES: resources },
    });
    await (await desktop.page()).getByRole('heading', { name: 'Today' }).waitFor();
    expect(asked).toBe(0);
    await desktop.control('clickMenu', 'File', 'Look for updates');
    await expect
      .poll(async () => (await desktop.control('state')).errorBoxes.at(-1)?.content)
      .toMatch(/newer version could not be found out.*sifaka\.log/);
    expect(asked).toBe(1);
  });

  it('says in words that a lab cannot be opened', async (test) => {
    requireDouble(test);
    await using place = await makeDesktopFolder();
    await using desktop = start({ folder: place.folder, argv: ['--lab', join(place.folder, 'none')] });
    await desktop.exited;
    expect(desktop.child.exitCode).toBe(1);
    expect(desktop.words).toContain('LAB_NOT_FOUND');
    // Started from a menu, nobody sees what it prints.
    expect(await readFile(join(place.folder, 'home/state/sifaka.log'), 'utf8')).toContain('LAB_NOT_FOUND');
  });
});
