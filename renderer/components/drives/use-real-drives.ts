import { useQuery } from '@tanstack/react-query';
import { useApi } from '../../connection/client.ts';

/**
 * The drives of this machine as they are now: cards come and go without a reload. What was known of them is forgotten with
 * the page that showed it, so that no old list is ever taken for the present one.
 */
export function useRealDrives() {
  const { query } = useApi();
  return useQuery(query.drives.watch.experimental_liveOptions({ staleTime: 0, gcTime: 0 }));
}
