import { createORPCClient } from '@orpc/client';
import { createTanstackQueryUtils } from '@orpc/tanstack-query';
import { createContext, useContext } from 'react';
import type { SifakaClient } from '../../shared/contract/index.ts';
import { HostLink } from './host-link.ts';
import { connectByMessagePort } from './message-port.ts';
import { connectByWebSocket } from './web-socket.ts';

/** The typed client for calls and streams, and the same as query and mutation options. */
export interface Api {
  readonly client: SifakaClient;
  readonly query: ReturnType<typeof createTanstackQueryUtils<SifakaClient>>;
}

/** Finds the host this page belongs to: Electron's, or the local web host. */
export function connect(): Api {
  const link = new HostLink();
  if (window.location.protocol === 'app:' || navigator.userAgent.includes('Electron/'))
    connectByMessagePort(link);
  else connectByWebSocket(link);
  return createApi(createORPCClient<SifakaClient>(link));
}

export function createApi(client: SifakaClient): Api {
  return { client, query: createTanstackQueryUtils(client) };
}

const ApiContext = createContext<Api | undefined>(undefined);
export const ApiProvider = ApiContext.Provider;

export function useApi(): Api {
  const api = useContext(ApiContext);
  if (!api) throw new Error('useApi is called outside ApiProvider');
  return api;
}
