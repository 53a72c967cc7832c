import { t } from '@lingui/core/macro';
import type { JobSummary } from '../../shared/schemas/job.ts';

/**
 * What has become of a job. Sentences that name it (findings, the end of a run, the shell's notifications) use the same words:
 * "stopped" is the operator's own doing, `cancelled` in the schema; "cut off" is a crash or a lost machine.
 */
export function jobStateWords(state: JobSummary['state']): string {
  const words: Record<JobSummary['state'], string> = {
    running: t`Running`,
    done: t`Done`,
    failed: t`Failed`,
    cancelled: t`Stopped`,
    'cut-off': t`Cut off`,
  };
  return words[state];
}
