import { useMemo } from 'react';
import { useOverview } from '../../components/backups/use-overview.ts';
import type { KnownTargets } from '../../stores/backup-restore-wizard.ts';

/** Nodes that guests can be restored on, and ids that are not free. */
export function useKnownTargets(): { readonly known: KnownTargets; readonly isPending: boolean } {
  const { data, isPending } = useOverview();
  const known = useMemo<KnownTargets>(
    () => ({
      nodes: (data?.nodes ?? []).filter(({ state }) => state !== 'not-proxmox').map(({ node }) => node),
      taken: [
        ...(data?.rows ?? []).map(({ guest }) => guest.vmid),
        ...(data?.ghosts ?? []).map(({ vmid }) => vmid),
      ],
    }),
    [data],
  );
  return { known, isPending };
}
