import { t } from '@lingui/core/macro';
import type { SyncOverview } from '../../../shared/schemas/sync-overview.ts';
import { addressOf } from '../../app/address.ts';
import type { Finding } from './findings.ts';

/** Pairs of which one direction failed, so that the other one waits. Failed jobs are told of as jobs. */
export function syncFindings(overview: SyncOverview | undefined): Finding[] {
  return (overview?.pairs ?? []).flatMap(({ pair, directions }): Finding[] => {
    const blocked = directions.find((direction) => direction.blocked !== undefined)?.blocked;
    if (blocked === undefined) return [];
    return [
      {
        key: `sync:${pair}`,
        severity: 'danger',
        what: { page: t`The pair ${pair} is blocked.`, service: blocked.what },
        next: { service: blocked.next },
        href: addressOf({ page: 'sync' }),
        way: 'mend',
      },
    ];
  });
}
