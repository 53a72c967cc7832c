import { BrowserWindow, nativeTheme, screen } from 'electron';
import type { DesktopMemory } from '../hosts/desktop-files.ts';
import { smallestWindow, windowPlace } from './window-place.ts';

/**
 * The one window, with nothing in it yet: sandboxed, isolated, without Node, where it was when it was closed last. It shows
 * itself when there is something to see.
 */
export async function makeWindow(preload: string, memory: DesktopMemory): Promise<BrowserWindow> {
  const { window: remembered } = await memory.read();
  const screens = screen.getAllDisplays().map(({ workArea }) => workArea);
  const window = new BrowserWindow({
    ...windowPlace(remembered, screens),
    minWidth: smallestWindow.width,
    minHeight: smallestWindow.height,
    show: false,
    title: 'Sifaka',
    autoHideMenuBar: true,
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#16181b' : '#ffffff',
    webPreferences: {
      preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
    },
  });
  window.once('ready-to-show', () => {
    // Maximizing shows it.
    if (remembered?.maximized === true) window.maximize();
    else window.show();
  });
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason !== 'clean-exit') window.reload();
  });
  window.on('close', () => {
    void memory.rememberWindow({ ...window.getNormalBounds(), maximized: window.isMaximized() });
  });
  return window;
}
