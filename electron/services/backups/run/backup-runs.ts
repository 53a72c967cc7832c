import type { BackupRequest, PlannedBackup } from '../../../../shared/schemas/backup-plans.ts';
import type { BackupParts } from '../parts.ts';
import { backupJob } from './backup-job.ts';
import { createBackupPlans } from './backup-plans.ts';

export interface BackupRuns {
  plan(request: BackupRequest, signal: AbortSignal): Promise<PlannedBackup>;
  /** PLAN_CHANGED when the guests or the policy give another plan by now. */
  run(planDigest: string): Promise<{ jobId: string }>;
}

export function createBackupRuns(parts: BackupParts): BackupRuns {
  const plans = createBackupPlans(parts);
  return {
    plan: (request, signal) => plans.make(request, signal),
    async run(planDigest) {
      const confirmed = await plans.confirm(planDigest, new AbortController().signal);
      return { jobId: await parts.jobs.start(backupJob(parts, confirmed)) };
    },
  };
}
