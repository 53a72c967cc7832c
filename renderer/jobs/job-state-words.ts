import { t } from '@lingui/core/macro';
import type { JobSummary } from '../../shared/schemas/job.ts';

/** What has become of a job, as everywhere on the page. */
export function jobStateWords(state: JobSummary['state']): string {
  const words: Record<JobSummary['state'], string> = {
    running: t`Running`,
    done: t`Done`,
    failed: t`Failed`,
    cancelled: t`Cancelled`,
    'cut-off': t`Cut off`,
  };
  return words[state];
}
