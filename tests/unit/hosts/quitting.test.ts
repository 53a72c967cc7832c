import { EventEmitter } from 'node:events';
import type { BrowserWindow } from 'electron';
import { afterEach, expect, it, vi } from 'vitest';
import type { RunningJob } from '../../../electron/shell/job-activity.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const own = new Map(signals.map((signal) => [signal, process.listeners(signal)]));
afterEach(() => {
  vi.restoreAllMocks();
  vi.resetModules();
  for (const signal of signals) {
    for (const listener of process.listeners(signal)) {
      if (!own.get(signal)?.includes(listener)) process.off(signal, listener);
    }
  }
});

/** The app's quitting over the double's `app`, which keeps Electron's order; `close` is all that has to be waited for. */
async function quitting(close: () => Promise<void>, running: readonly RunningJob[] = []) {
  const { app } = await import('../../rig/electron-double/app.ts');
  const { windowOpened, windowIsClosed } = await import('../../rig/electron-double/windows.ts');
  const powerMonitor = new EventEmitter<{ shutdown: [{ preventDefault(): void }] }>();
  vi.doMock('electron', () => ({ app, powerMonitor, dialog: {} }));
  const { Quitting } = await import('../../../electron/shell/quitting.ts');
  const exit = vi.spyOn(app, 'exit').mockImplementation((() => undefined) as () => never);
  const made = new Quitting({ running: () => running, window: () => undefined, close });
  made.setup();
  const openWindow = () => {
    const window = { close: () => void setImmediate(() => windowIsClosed(window)) };
    windowOpened(window);
  };
  return { app, exit, openWindow, powerMonitor, quitting: made };
}

const turns = async () => {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

it('ends also when there is nothing to wait for after the last window has closed', async () => {
  const { app, exit, openWindow } = await quitting(() => Promise.resolve());
  openWindow();
  app.quit();
  await turns();
  expect(exit).toHaveBeenCalledExactlyOnceWith(0);
});

it('ends when everything is written, and not before', async () => {
  const written = Promise.withResolvers<void>();
  const { app, exit } = await quitting(() => written.promise);
  app.quit();
  await turns();
  expect(exit).not.toHaveBeenCalled();
  written.resolve();
  await turns();
  expect(exit).toHaveBeenCalledExactlyOnceWith(0);
});

it('closes once, however often it is told to end, and holds back a system that shuts down', async () => {
  const close = vi.fn(() => Promise.resolve());
  const { app, exit, powerMonitor } = await quitting(close);
  const preventDefault = vi.fn();
  powerMonitor.emit('shutdown', { preventDefault });
  app.quit();
  await turns();
  expect(preventDefault).toHaveBeenCalledOnce();
  expect(close).toHaveBeenCalledOnce();
  expect(exit).toHaveBeenCalledWith(0);
});

it.each([
  ['while a drive is written', true, true],
  ['while nothing is written that a session must not end for', false, false],
])('a session of Windows is held %s: %s', async (_when, writesDrive, isHeld) => {
  const job = { id: 'a', title: 'Burn titan-13', address: '#/jobs', share: undefined, writesDrive };
  const close = vi.fn(() => Promise.resolve());
  const started = await quitting(close, [job]);
  const window = new EventEmitter();
  started.quitting.watch(window as unknown as BrowserWindow);
  const preventDefault = vi.fn();
  window.emit('query-session-end', { reasons: ['logoff'], preventDefault });
  await turns();
  expect(preventDefault).toHaveBeenCalledTimes(isHeld ? 1 : 0);
  // Another program may keep the session, and the job goes on.
  expect(close).not.toHaveBeenCalled();

  window.emit('session-end', { reasons: ['logoff'], preventDefault });
  expect(close).toHaveBeenCalledOnce();
  await turns();
  expect(started.exit).toHaveBeenCalledWith(0);
});
