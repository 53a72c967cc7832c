import type { RestoreTestRequest, VerifyRequest } from '../../../../shared/schemas/backup-plans.ts';
import type { BackupParts } from '../parts.ts';
import { restoreTestJob } from './restore-test-job.ts';
import { keepTesting } from './test-schedule.ts';
import { verifyJob } from './verify-job.ts';

export interface BackupProofs {
  /** Reads archives again, all of each, and compares. ARCHIVE_UNKNOWN. */
  verify(request: VerifyRequest): Promise<{ jobId: string }>;
  /**
   * Makes a guest of an archive under a scratch id, without a network, lets it answer and removes it. ARCHIVE_UNKNOWN,
   * GUEST_UNKNOWN, SCRATCH_ID_MISSING, RESTORE_REFUSED.
   */
  restoreTest(request: RestoreTestRequest): Promise<{ jobId: string }>;
  /** Makes the restore tests that the policy wants, one at a time, until the signal; bugs go to `failed`. */
  keepTesting(signal: AbortSignal, failed: (error: unknown) => void): void;
}

export function createBackupProofs(parts: BackupParts): BackupProofs {
  const restoreTest = async (request: RestoreTestRequest) => ({
    jobId: await parts.jobs.start(await restoreTestJob(parts, request)),
  });
  return {
    async verify(request) {
      return { jobId: await parts.jobs.start(await verifyJob(parts, request)) };
    },
    restoreTest,
    keepTesting(signal, failed) {
      keepTesting({ ...parts, start: (guest) => restoreTest({ guest }) }, signal, failed);
    },
  };
}
