import { RPCLink } from '@orpc/client/websocket';
import { useConnection } from './connection-store.ts';
import type { HostLink } from './host-link.ts';
import { forgetToken, takeToken } from './token.ts';

const firstDelay = 500;
const longestDelay = 15_000;

/** Connects to the local web host that served this page, and again, more and more patiently, when it goes away. */
export function connectByWebSocket(link: HostLink): void {
  const token = takeToken(window);
  const { set } = useConnection.getState();
  if (token === undefined) {
    set({ status: 'no-token' });
    return;
  }
  const url = new URL('/rpc', window.location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  let delay = firstDelay;

  const attempt = () => {
    const socket = new WebSocket(url, ['sifaka', `token.${token}`]);
    let opened = false;
    socket.addEventListener('open', () => {
      opened = true;
      delay = firstDelay;
      link.opened(new RPCLink({ websocket: socket }));
      set({ status: 'open' });
    });
    socket.addEventListener('close', () => {
      link.lost();
      void afterClose(opened);
    });
  };

  const afterClose = async (opened: boolean) => {
    // A refused handshake looks like an absent host to a page; whether the host serves pages tells them apart.
    if (!opened && (await hostServesPages())) {
      forgetToken(window);
      set({ status: 'refused' });
      return;
    }
    set({ status: 'lost', retryAt: Date.now() + delay });
    setTimeout(attempt, delay);
    delay = Math.min(delay * 2, longestDelay);
  };

  attempt();
}

async function hostServesPages(): Promise<boolean> {
  try {
    return (await fetch('/', { method: 'HEAD', cache: 'no-store' })).ok;
  } catch {
    return false;
  }
}
