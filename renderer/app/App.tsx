import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { type Api, ApiProvider } from '../connection/client.ts';
import { ConnectionGate } from '../connection/ConnectionGate.tsx';
import { useConnection } from '../connection/connection-store.ts';
import { Frame } from './Frame.tsx';
import { Language } from './Language.tsx';
import { Page } from './Page.tsx';
import { cssVariables, theme } from './theme.ts';

/** The host is on this machine, so the browser's idea of being online says nothing about it. */
function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { networkMode: 'always', retry: false, staleTime: 2_000 },
      mutations: { networkMode: 'always', retry: false },
    },
  });
}

export function App({ api }: { api: Api }) {
  const [queryClient] = useState(createQueryClient);
  const generation = useConnection((store) => store.generation);
  useEffect(() => {
    if (generation > 1) void queryClient.invalidateQueries();
  }, [generation, queryClient]);
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        <ApiProvider value={api}>
          <Language>
            <ConnectionGate>
              <Frame>
                <Page />
              </Frame>
            </ConnectionGate>
          </Language>
        </ApiProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
