import type {
  BridgeDescription,
  BridgeOverview,
  BridgeRequest,
  DeploySummary,
  DesignSummary,
  PlannedBridge,
} from '../../../shared/schemas/bridge.ts';
import type { ImportedAddresses, NewAttempt } from '../../../shared/schemas/bridge-design.ts';
import type { Clock } from '../clock.ts';
import type { AppFolders } from '../folders.ts';
import type { IssueService } from '../issues/issue-service.ts';
import type { JobRegistry } from '../jobs/job-registry.ts';
import type { LabFolder } from '../lab/lab-folder.ts';
import type { Ssh } from '../ssh/ssh.ts';
import { type BridgeChecks, createBridgeChecks } from './check/bridge-checks.ts';
import type { CheckHistory } from './check/history.ts';
import { type Convergence, converge } from './deploy/converge.ts';
import { deployJob } from './deploy/deploy-job.ts';
import { listDeployRecords, summaryOf } from './deploy/deploy-records.ts';
import { importAddresses } from './design/import-addresses.ts';
import { listDesigns } from './design/list-designs.ts';
import { newAttempt } from './design/new-attempt.ts';
import { loadTemplates } from './design/templates.ts';
import { bridgeDescription, bridgeOverview } from './facts/overview.ts';
import { createBridgePlans } from './plan/bridge-plans.ts';

/** Everything the bridge domain stands on. */
export interface BridgeServiceParts {
  readonly lab: LabFolder;
  readonly ssh: Ssh;
  readonly jobs: JobRegistry;
  readonly folders: AppFolders;
  readonly clock: Clock;
  /** Where the templates and the nodes' program came with this installation. */
  readonly resources: string | undefined;
  /** Sifaka's own version, for the record of a deploy. */
  readonly version: string;
  readonly issues: Pick<IssueService, 'open' | 'list'>;
  /** The checks of the bridge that were made on this machine: they prove that issues are mended, too. */
  readonly history: CheckHistory;
}

/** The Thunderbolt bridge: design → facts → plan → deploy → check → record. */
export interface BridgeService extends BridgeChecks {
  /** Every design of the lab, the newest first; one that cannot be read is in the list with the reason. */
  designs(): Promise<DesignSummary[]>;
  /** Makes the next design; see `newAttempt` for what it is made from. */
  newAttempt(options: { readonly from?: string | undefined }): Promise<NewAttempt>;
  /** Reads a deploy script for addresses that the cluster file lacks. */
  importAddresses(options: { readonly script: string; readonly write: boolean }): Promise<ImportedAddresses>;
  /** The bridge as the cluster file has it; no node is asked. */
  described(): Promise<BridgeDescription>;
  /** The bridge as it is on every node now. */
  look(signal: AbortSignal): Promise<BridgeOverview>;
  /** What a deploy would do, without doing it. Remembered for an hour. */
  plan(request: BridgeRequest, signal: AbortSignal): Promise<PlannedBridge>;
  /** Starts the job that runs exactly the plan of this digest; PLAN_CHANGED when the nodes give another plan by now. */
  deploy(planDigest: string): Promise<{ jobId: string }>;
  /** Newest first. */
  deploys(): Promise<DeploySummary[]>;
  /** Ends a deploy that was split or cut off, as far as that needs no new plan; answers the request that does the rest. */
  converge(to: 'new' | 'old' | undefined, signal: AbortSignal): Promise<Convergence>;
}

export function createBridgeService(parts: BridgeServiceParts): BridgeService {
  const { lab } = parts;
  const plans = createBridgePlans(parts);
  return {
    designs: () => listDesigns(lab),
    newAttempt: async (options) => newAttempt(lab, await loadTemplates(parts.resources), options),
    importAddresses: (options) => importAddresses(lab, options),
    described: () => bridgeDescription(lab),
    look: (signal) => bridgeOverview(parts, signal),
    plan: (request, signal) => plans.make(request, signal),
    async deploy(planDigest) {
      const confirmed = await plans.confirm(planDigest, new AbortController().signal);
      return { jobId: await parts.jobs.start(await deployJob(parts, confirmed)) };
    },
    deploys: async () => (await listDeployRecords(lab)).map(summaryOf),
    converge: (to, signal) => converge(parts, to, signal),
    ...createBridgeChecks(parts),
  };
}
