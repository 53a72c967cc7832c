import { RPCLink } from '@orpc/client/message-port';
import { useConnection } from './connection-store.ts';
import type { HostLink } from './host-link.ts';

/** Milliseconds. */
const reloadDelay = 2_000;

/** Waits for the port that the preload script hands over; a reloaded window is given a new one. */
export function connectByMessagePort(link: HostLink): void {
  window.addEventListener('message', (event: MessageEvent<unknown>) => {
    const port = event.ports[0];
    if (event.source !== window || !port || !isPortMessage(event.data)) return;
    link.opened(new RPCLink({ port }));
    port.start();
    useConnection.getState().set({ status: 'open' });
    // The main process closes it when something on it is not of the protocol. A new document is given a new port.
    port.addEventListener('close', () => {
      link.lost();
      useConnection.getState().set({ status: 'lost', retryAt: Date.now() + reloadDelay });
      setTimeout(() => window.location.reload(), reloadDelay);
    });
  });
}

function isPortMessage(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'type' in data && data.type === 'sifaka:port';
}
