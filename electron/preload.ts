import { ipcRenderer } from 'electron';

/** What of the page's window is used here; the other files of this folder run where there is none. */
declare const window: {
  readonly location: { readonly origin: string };
  addEventListener(event: 'DOMContentLoaded', listener: () => void, options: { once: boolean }): void;
  postMessage(message: unknown, targetOrigin: string, transfer: readonly unknown[]): void;
};

/**
 * How the page gets its way to the services:
 *   1. this script, once the page's own scripts have run (DOMContentLoaded), asks the main process for a port;
 *   2. the main process checks who asks (shell/page-port.ts), serves one end of a new channel and sends the other here;
 *   3. this script hands it to the page: a `message` event on `window` with data `{ type: 'sifaka:port' }`, the port in
 *      `event.ports[0]` and `event.source === window`. The page starts the port and speaks the contract over it.
 * The page gets nothing else: contextBridge cannot carry ports, and there is no other API to expose.
 */
ipcRenderer.once('sifaka:port', (event) => {
  window.postMessage({ type: 'sifaka:port' }, window.location.origin, [...event.ports]);
});

window.addEventListener('DOMContentLoaded', () => ipcRenderer.send('sifaka:port-wanted'), { once: true });
