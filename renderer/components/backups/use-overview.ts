import { useQuery } from '@tanstack/react-query';
import { useApi } from '../../connection/client.ts';

/** The dashboard's facts: files of the lab, so that looking again costs the nodes nothing. */
export function useOverview() {
  const { query } = useApi();
  return useQuery(query.backups.overview.queryOptions({ staleTime: 10_000, refetchInterval: 60_000 }));
}

/** Every archive at every place, the newest first. */
export function useArchives() {
  const { query } = useApi();
  return useQuery(query.backups.archives.queryOptions({ staleTime: 10_000 }));
}
