import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { BrowserWindow } from '../../rig/electron-double/browser-window.ts';
import { dialog, open } from '../../rig/electron-double/desktop-parts.ts';

/** Every start of the double is one of a browser, of which nothing is wanted here. */
vi.mock('../../rig/electron-double/chromium.ts', () => ({
  startChromium: async () => ({
    browser: {
      contexts: () => [{ newPage: async () => ({ async setViewportSize() {}, async close() {} }) }],
    },
  }),
}));
vi.mock('../../rig/electron-double/web-contents.ts', () => ({
  WebContentsDouble: class {
    async attach() {}
    async load() {}
    async reload() {}
    destroy() {}
  },
}));

describe('a window of the double', () => {
  const bounds = { x: 0, y: 0, width: 100, height: 100 };
  const asked: Record<string, (window: BrowserWindow) => unknown> = {
    close: (window) => window.close(),
    focus: (window) => window.focus(),
    getNormalBounds: (window) => window.getNormalBounds(),
    isMaximized: (window) => window.isMaximized(),
    isMinimized: (window) => window.isMinimized(),
    loadURL: (window) => void window.loadURL('app://sifaka/'),
    maximize: (window) => window.maximize(),
    reload: (window) => window.reload(),
    restore: (window) => window.restore(),
    setBounds: (window) => window.setBounds(bounds),
    setProgressBar: (window) => window.setProgressBar(1),
    show: (window) => window.show(),
  };

  it.each(Object.entries(asked))('that is destroyed throws at %s, and not before', async (_name, ask) => {
    const window = new BrowserWindow({ ...bounds, webPreferences: { preload: '' } });
    const thrown: string[] = [];
    const tell = (at: string) => {
      try {
        ask(window);
      } catch (error) {
        thrown.push(`${at}: ${String(error)}`);
      }
    };
    window.on('close', () => tell('close'));
    window.on('closed', () => tell('closed'));
    tell('open');
    window.close();
    await once(window, 'closed');
    tell('later');
    expect(thrown).toEqual([
      'closed: TypeError: Object has been destroyed',
      'later: TypeError: Object has been destroyed',
    ]);
  });
});

describe('a message box of the double', () => {
  const question = { message: 'Erase it?', cancelId: 7 };

  it('that was taken back before it came is not shown, and is cancelled', async () => {
    const answered = dialog.showMessageBox({}, { ...question, signal: AbortSignal.abort() });
    expect(open.dialogs).toEqual([]);
    expect(await answered).toEqual({ response: 7 });
  });

  it('that is taken back goes away, and is cancelled', async () => {
    const gone = new AbortController();
    const answered = dialog.showMessageBox({}, { ...question, signal: gone.signal });
    expect(open.dialogs).toHaveLength(1);
    gone.abort();
    expect(await answered).toEqual({ response: 7 });
    expect(open.dialogs).toEqual([]);
  });
});
