import { RPCLink } from '@orpc/client/message-port';
import { useConnection } from './connection-store.ts';
import type { HostLink } from './host-link.ts';

/** Waits for the port that the preload script hands over; a reloaded window is given a new one. */
export function connectByMessagePort(link: HostLink): void {
  window.addEventListener('message', (event: MessageEvent<unknown>) => {
    const port = event.ports[0];
    if (event.source !== window || !port || !isPortMessage(event.data)) return;
    link.opened(new RPCLink({ port }));
    port.start();
    useConnection.getState().set({ status: 'open' });
  });
}

function isPortMessage(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'type' in data && data.type === 'sifaka:port';
}
