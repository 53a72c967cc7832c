import { useQuery } from '@tanstack/react-query';
import type { BridgeSource } from '../../../shared/schemas/bridge.ts';
import { useApi } from '../../connection/client.ts';

/** The designs and the earlier deploys, either of which can be deployed, and which nodes each is for. */
export function useSources() {
  const { query } = useApi();
  const designs = useQuery(query.bridge.designs.queryOptions());
  const deploys = useQuery(query.bridge.deploys.queryOptions());
  const nodesOf = (source: BridgeSource | undefined): readonly string[] => {
    if (source === undefined) return [];
    if (source.kind === 'design') {
      return designs.data?.find(({ name }) => name === source.name)?.nodes ?? [];
    }
    return deploys.data?.find(({ id }) => id === source.id)?.nodes.map(({ node }) => node) ?? [];
  };
  return { designs, deploys, nodesOf, isPending: designs.isPending || deploys.isPending };
}
