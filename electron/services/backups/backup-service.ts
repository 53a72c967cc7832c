import type { ManifestTarget } from '../../../shared/schemas/backup-manifest.ts';
import type { PrunePlan, RestorePlan } from '../../../shared/schemas/backup-plans.ts';
import type { BackupRecord } from '../../../shared/schemas/backup-record.ts';
import { type BackupAgents, createBackupAgents } from './agent/agents.ts';
import { type BackupDiscovery, createBackupDiscovery } from './discover/discovery.ts';
import { type BackupViews, createBackupViews } from './overview/overview.ts';
import type { BackupServiceParts } from './parts.ts';
import { type BackupProofs, createBackupProofs } from './prove/proofs.ts';
import { type BackupPruning, createBackupPruning } from './prune/pruning.ts';
import { createBackupRecords } from './records/backup-records.ts';
import { type BackupRestores, createBackupRestores } from './restore/restores.ts';
import { type BackupRuns, createBackupRuns } from './run/backup-runs.ts';
import { createBackupTargets } from './targets/backup-targets.ts';

/** Backups: discover → plan → run → copies → proof → prune → restore. */
export interface BackupService
  extends BackupDiscovery,
    BackupRuns,
    Omit<BackupPruning, 'shownPrune'>,
    BackupProofs,
    Omit<BackupRestores, 'shownRestore'>,
    BackupAgents,
    BackupViews {
  records(limit: number): Promise<BackupRecord[]>;
  targets(signal: AbortSignal): Promise<ManifestTarget[]>;
  initTarget(target: string, signal: AbortSignal): Promise<ManifestTarget>;
  /** The plan of this digest, when it is one that takes something away and was shown within the hour. */
  shown(planDigest: string): ShownErasure | undefined;
}

type ShownErasure =
  | { readonly kind: 'restore'; readonly plan: RestorePlan }
  | { readonly kind: 'prune'; readonly plan: PrunePlan };

export function createBackupService(given: BackupServiceParts): BackupService {
  const records = createBackupRecords(given);
  const targets = createBackupTargets(given);
  const parts = { ...given, records, targets };
  const discovery = createBackupDiscovery(parts);
  const pruning = createBackupPruning(parts);
  const restores = createBackupRestores(parts);
  return {
    ...discovery,
    ...createBackupRuns(parts),
    ...pruning,
    ...createBackupProofs(parts),
    ...restores,
    ...createBackupAgents(parts),
    ...createBackupViews(parts, discovery),
    records: async (limit) => (await records.all()).slice(0, limit),
    targets: (signal) => targets.look(signal),
    initTarget: (target, signal) => targets.init(target, signal),
    shown(planDigest) {
      const prune = pruning.shownPrune(planDigest);
      if (prune !== undefined) return { kind: 'prune', plan: prune };
      const restore = restores.shownRestore(planDigest);
      return restore && { kind: 'restore', plan: restore };
    },
  };
}
