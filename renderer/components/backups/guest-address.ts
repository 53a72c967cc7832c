import type { Guest } from '../../../shared/schemas/backup-manifest.ts';

/** `baobab/100`. */
export const guestAddress = ({ guest }: { readonly guest: Pick<Guest, 'node' | 'vmid'> }): string =>
  `${guest.node}/${guest.vmid}`;
