import { restoredText } from './backup-restore-text.ts';
import { testedText, verifiedText } from './backup-proof-text.ts';
import { prunedText } from './backup-prune-text.ts';
import type { JobReport } from '../../../shared/schemas/job.ts';
import { madeText } from './backup-run-text.ts';

type BackupReport = Extract<JobReport, { kind: `backup-${string}` }>;

/** How a job of the backups ended, in a line. */
export function backupReportText(report: BackupReport): string {
  if (report.kind === 'backup-prune') return prunedText(report);
  if (report.kind === 'backup-run') return madeText(report.backups);
  if (report.kind === 'backup-verify') return verifiedText(report);
  if (report.kind === 'backup-agent-deploy') return `The agent is on ${report.nodes.length} nodes.`;
  if (report.kind === 'backup-restore-test') return testedText(report);
  return restoredText(report);
}
