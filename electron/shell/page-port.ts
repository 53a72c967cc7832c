import { ipcMain, MessageChannelMain, type MessagePortMain } from 'electron';
import { isOwnPage } from './page-origin.ts';

/**
 * Gives the page its one message port when its preload script asks: only the main frame, only from the page's own
 * origin. A reloaded page asks again; its former port is closed then. See preload.ts for the other end.
 */
export function setupPagePort(serve: (port: MessagePortMain) => void): void {
  const ports = new Map<number, MessagePortMain>();
  ipcMain.on('sifaka:port-wanted', (event) => {
    const frame = event.senderFrame;
    if (!frame || frame.parent !== null || !isOwnPage(frame.url)) return;
    const { id } = event.sender;
    if (!ports.has(id)) event.sender.once('destroyed', () => ports.delete(id));
    ports.get(id)?.close();
    const { port1, port2 } = new MessageChannelMain();
    ports.set(id, port1);
    serve(port1);
    frame.postMessage('sifaka:port', null, [port2]);
  });
}
