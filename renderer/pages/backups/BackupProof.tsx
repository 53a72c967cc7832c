import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { addressOf } from '../../app/route.ts';
import { ProblemNotice } from '../../components/ProblemNotice.tsx';
import { StepActions, StepHeading } from '../../components/wizard/Wizard.tsx';
import type { JobView } from '../../jobs/job-view.ts';
import { jobStateWords } from '../../jobs/job-state-words.ts';
import { formatBytes } from '../../text/format.ts';
import type { BackupReport } from './BackupJobPage.tsx';
import { proofLines } from './proof-lines.ts';
import { ProofList } from './ProofList.tsx';

/** What a job of the backups did, thing by thing, as it was read back. */
export function BackupProof(props: { report: BackupReport; ended: NonNullable<JobView['ended']> }) {
  const { report, ended } = props;
  return (
    <div className="wizard-step-body">
      <div className="step-content">
        <StepHeading>
          {ended.outcome === 'done' ? headline(report) : jobStateWords(ended.outcome)}
        </StepHeading>
        {ended.problem && <ProblemNotice problem={ended.problem} />}
        <ProofList lines={proofLines(report)} />
      </div>
      <StepActions>
        <Button component="a" href={addressOf({ page: 'backups' })} className="push">
          <Trans>Back to the backups</Trans>
        </Button>
      </StepActions>
    </div>
  );
}

function headline(report: BackupReport): string {
  if (report.kind === 'backup-run') {
    const made = report.backups.filter(({ outcome }) => outcome === 'made').length;
    const all = report.backups.length;
    return made === all
      ? plural(made, { one: 'Made and read: # backup', other: 'Made and read: # backups' })
      : t`${made} of ${all} backups were made`;
  }
  if (report.kind === 'backup-prune') {
    const size = formatBytes(report.freedBytes);
    return plural(report.removed.length, {
      one: `# archive was removed, ${size} are free`,
      other: `# archives were removed, ${size} are free`,
    });
  }
  if (report.kind === 'backup-verify') {
    const wrong = report.checks.filter(({ outcome }) => outcome === 'failed').length;
    if (wrong > 0) return plural(wrong, { one: '# check failed', other: '# checks failed' });
    return report.left.length === 0
      ? t`What was read is what was made`
      : t`What was read is what was made, but not all could be read`;
  }
  if (report.kind === 'backup-restore') return t`Restored and read back`;
  if (report.kind === 'backup-restore-test')
    return report.check.outcome === 'passed' ? t`Proven: it comes up` : t`The restore test proved nothing`;
  return t`The agents are deployed`;
}
