import type { BackupOverview, ListedArchive } from '../../../../shared/schemas/backup-overview.ts';
import type { Manifest } from '../../../../shared/schemas/backup-manifest.ts';
import type { BackupDiscovery } from '../discover/discovery.ts';
import type { BackupParts } from '../parts.ts';
import { readAgentStates } from './agent-states.ts';
import { listArchives } from './archive-list.ts';
import { coverage } from './coverage.ts';
import { forecasts } from './forecast.ts';
import { indexBackups } from './guest-backups.ts';
import { knownGuests } from './known-guests.ts';
import { createManifestTotals } from './manifest-totals.ts';
import { orphansOf } from './orphans.ts';
import type { OverviewFacts } from './overview-facts.ts';

export interface BackupViews {
  /** Guest by guest, whether it could be restored tonight, the worst first. LAB_FILE_INVALID. */
  overview(): Promise<BackupOverview>;
  /** Every archive at every place, newest first. LAB_FILE_INVALID. */
  archives(): Promise<ListedArchive[]>;
}

export function createBackupViews(
  { lab, clock, records }: Pick<BackupParts, 'lab' | 'clock' | 'records'>,
  discovery: Pick<BackupDiscovery, 'newestManifest'>,
): BackupViews {
  const totals = createManifestTotals(lab);
  return {
    async overview() {
      const manifest = await discovery.newestManifest();
      return overviewOf({
        now: clock.now(),
        manifest,
        records: await records.all(),
        policy: (await lab.backupPolicy())?.value,
        agents: await readAgentStates(lab),
        totals: await totals(manifest),
      });
    },
    async archives() {
      return listArchives(await discovery.newestManifest(), await records.all());
    },
  };
}

/** The whole dashboard. Pure. */
export function overviewOf(facts: OverviewFacts): BackupOverview {
  const { manifest, policy, now } = facts;
  const index = indexBackups(manifest, facts.records);
  const { guests, ghosts } = knownGuests(manifest, index);
  return {
    at: now.toISOString(),
    ...(manifest === undefined ? {} : { discoveredAt: manifest.at }),
    policy: policy === undefined ? 'missing' : 'there',
    rows: coverage(facts, guests, index),
    ghosts: [...ghosts],
    orphans: orphansOf(manifest, facts.records),
    nodes: nodesOf(manifest),
    targets: manifest?.targets ?? [],
    forecasts: forecasts(manifest, facts.totals, now.getTime()),
  };
}

function nodesOf(manifest: Manifest | undefined): BackupOverview['nodes'] {
  return (manifest?.nodes ?? []).map(({ node, state, problem, clockSkewSeconds, storages }) => ({
    node,
    state,
    problem,
    clockSkewSeconds,
    storages,
  }));
}
