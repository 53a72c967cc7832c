import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useApi } from '../../connection/client.ts';
import { addLook, type SeenBridge } from './looks.ts';

/** Milliseconds between two looks at the nodes, while the page is in sight. */
const lookEvery = 4_000;

/** Looks at the bridge again and again; not while the window is hidden, for each look asks every node. */
export function useLooks(enabled: boolean) {
  const { client, query } = useApi();
  const queryClient = useQueryClient();
  const queryKey = [...query.bridge.look.key(), 'seen'];
  return useQuery({
    queryKey,
    enabled,
    refetchInterval: lookEvery,
    queryFn: async ({ signal }) => {
      const overview = await client.bridge.look(undefined, { signal });
      return addLook(queryClient.getQueryData<SeenBridge>(queryKey), overview);
    },
  });
}
