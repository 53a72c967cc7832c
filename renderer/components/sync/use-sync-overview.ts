import { useQuery } from '@tanstack/react-query';
import { useApi } from '../../connection/client.ts';

/** What is known of the pairs. With the store its last runs; without it nobody outside of this machine is asked. */
export function useSyncOverview({ store }: { store: boolean }) {
  const { query } = useApi();
  return useQuery(
    query.sync.overview.queryOptions({ input: { store }, staleTime: 5_000, refetchInterval: 30_000 }),
  );
}
