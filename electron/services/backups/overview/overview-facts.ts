import type { Manifest } from '../../../../shared/schemas/backup-manifest.ts';
import type { AgentState } from '../../../../shared/schemas/backup-plans.ts';
import type { BackupPolicy } from '../../../../shared/schemas/backup-policy.ts';
import type { BackupRecord } from '../../../../shared/schemas/backup-record.ts';

/** What the nodes said of their agents when they were last asked. */
export interface AgentStates {
  readonly at: string;
  readonly nodes: readonly AgentState[];
}

/** How much of each place was archives when an earlier discovery looked. */
export interface PlaceTotals {
  readonly at: string;
  readonly bytes: ReadonlyMap<string, number>;
}

/** All that the dashboard is worked out from. */
export interface OverviewFacts {
  readonly now: Date;
  /** The newest one; missing before the first discovery. */
  readonly manifest?: Manifest | undefined;
  /** In any order. */
  readonly records: readonly BackupRecord[];
  readonly policy?: BackupPolicy | undefined;
  readonly agents?: AgentStates | undefined;
  /** Of the lab's manifests, the newest one too. */
  readonly totals: readonly PlaceTotals[];
}

/** A clock may be so far off before anybody says so: NTP keeps it within a second, and a discovery takes minutes. */
export const toleratedSkewMs = 5 * 60_000;

/** Guests that no rule is for have no window: they are looked at as with the schema's own. */
export const usualWindowHours = 26;
