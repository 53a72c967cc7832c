/**
 * Electron's main-process module, as far as Sifaka uses it, for machines without its binary: the built main.js and
 * preload.cjs run unchanged, and the page runs in Debian's Chromium. Electron 45's documentation is the source; where the
 * double differs, or the documentation leaves it open, README.md beside this file says so.
 */
export { app } from './app.ts';
export { BrowserWindow } from './browser-window.ts';
export {
  dialog,
  Menu,
  nativeImage,
  nativeTheme,
  Notification,
  powerMonitor,
  powerSaveBlocker,
  screen,
  shell,
  Tray,
} from './desktop-parts.ts';
export { ipcMain } from './ipc-main.ts';
export { MessageChannelMain } from './message-channel.ts';
export { protocol, session } from './session.ts';
import './control.ts';
