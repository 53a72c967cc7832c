import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { openTab } from './browser.ts';
import { startApp } from './running-app.ts';
import { setupStage } from './stage.ts';

const stage = setupStage();

/** A page of another origin on this machine, as any program of another user could serve one. */
async function foreignPage(): Promise<{ url: string; close: () => void }> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<!doctype html><title>foreign</title><h1>Foreign</h1>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => void server.close(),
  };
}

/** What the foreign page does, as text: it is of a browser, where these tests are not. */
function attack(whole: string): string {
  const { origin, host, hash } = new URL(whole);
  const known = { whole, origin, host, token: hash.replace('#token=', '') };
  return `(async ({ whole, origin, host, token }) => {
    const connect = () => new Promise((done) => {
      const socket = new WebSocket('ws://' + host + '/rpc', ['sifaka', 'token.' + token]);
      socket.onopen = () => done('open');
      socket.onerror = () => done('refused');
    });
    const read = (mode) => fetch(origin + '/', { mode }).then((answer) => 'read ' + answer.type, () => 'refused');
    const frame = () => new Promise((done) => {
      const element = document.createElement('iframe');
      element.src = whole;
      // Also for the browser's own page that says why nothing is shown.
      element.onload = () => done('loaded');
      document.body.append(element);
    });
    const opened = window.open(whole);
    const socket = await connect();
    const answers = [await read('cors'), await read('no-cors')];
    await frame();
    // The window is given the time to load, which is long on a busy machine; one that was cut off says that it is closed.
    for (let look = 0; look < 600 && !opened.closed; look += 1) await new Promise((done) => setTimeout(done, 100));
    return { socket, answers, window: opened.closed ? 'cut off' : 'held' };
  })(${JSON.stringify(known)})`;
}

it('gets no connection, no answer, no frame and no window, though it knows the token', async (test) => {
  const chromium = stage.browser(test);
  await using app = await startApp({ page: stage.page });
  const foreign = await foreignPage();
  const { host } = new URL(app.host.url);
  const { page, context } = await openTab(chromium);
  try {
    await page.goto(foreign.url);
    const got = await page.evaluate(attack(app.host.url));
    expect(got).toEqual({ socket: 'refused', answers: ['refused', 'refused'], window: 'cut off' });
    const frame = page.frames().find((one) => one !== page.mainFrame());
    expect(frame?.url()).not.toContain(host);

    // The same asked by the page itself is answered: what was refused was the origin.
    const home = await context.newPage();
    await home.goto(app.host.url);
    await home.getByRole('heading', { name: 'Today' }).waitFor();
    expect(await home.evaluate("fetch('/').then((answer) => answer.status)")).toBe(200);
  } finally {
    foreign.close();
    await context.close();
  }
});
