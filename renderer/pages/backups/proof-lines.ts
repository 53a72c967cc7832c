import { t } from '@lingui/core/macro';
import type { ProblemRecord } from '../../../shared/problem.ts';
import type { AgentState } from '../../../shared/schemas/backup-plans.ts';
import type { BackupCheck, BackupRecord } from '../../../shared/schemas/backup-record.ts';
import { offsiteMarks } from '../../components/backups/backup-words.ts';
import type { MarkState } from '../../components/StateMark.tsx';
import { formatBytes } from '../../text/format.ts';
import type { BackupReport } from './BackupJobPage.tsx';

export interface ProofLine {
  readonly key: string;
  readonly mark: MarkState;
  readonly words: string;
  /** Whose it is, as in `baobab/100`; nothing when it is of a node or of an archive alone. */
  readonly guest?: string;
  readonly name: string;
  /** SHA-256 of what was made, to be compared with what another program says. */
  readonly digests?: readonly string[];
  /** What the services said of it. */
  readonly what: readonly string[];
}

/** A line for each thing that a job worked on; nothing that failed or was left out is among what is done. */
export function proofLines(report: BackupReport): ProofLine[] {
  if (report.kind === 'backup-run') return report.backups.flatMap(recordLines);
  if (report.kind === 'backup-prune')
    return [
      ...report.left.map(leftLine),
      ...report.removed.map((archive) => ({
        key: archive,
        mark: 'ok' as const,
        words: t`Removed`,
        name: archive,
        what: [],
      })),
    ];
  if (report.kind === 'backup-verify')
    return [
      ...report.left.map(leftLine),
      ...report.checks.map((check) => ({
        key: `${check.archive} ${check.kind}`,
        ...outcomeOf(check),
        name: check.archive,
        what: [check.detail],
      })),
    ];
  if (report.kind === 'backup-restore')
    return [
      {
        key: report.guest,
        mark: 'ok',
        words: t`Restored`,
        guest: report.guest,
        name: `← ${report.archive}`,
        what: report.evidence,
      },
    ];
  if (report.kind === 'backup-restore-test')
    return [
      {
        key: report.guest,
        ...outcomeOf(report.check),
        guest: report.guest,
        name: `← ${report.archive}`,
        what: [report.check.detail],
      },
    ];
  return report.nodes.map((node) => ({
    key: node.node,
    mark: node.state === 'current' ? 'ok' : 'warning',
    words: agentWords(node.state),
    name: node.node,
    what: node.problem === undefined ? [] : [node.problem.what, node.problem.next],
  }));
}

/** What was to be worked on and was not, and why. */
function leftLine({ archive, problem }: { archive: string; problem: ProblemRecord }): ProofLine {
  return {
    key: `left ${archive}`,
    mark: 'warning',
    words: t`Left`,
    name: archive,
    what: [problem.what, problem.next],
  };
}

export function recordLines(record: BackupRecord): ProofLine[] {
  const guest = `${record.guest.node}/${record.guest.vmid}`;
  const { problem, warnings, pruneFailed, sizeBytes = 0 } = record;
  if (record.outcome !== 'made')
    return [
      {
        key: record.id,
        mark: 'danger',
        words: t`No backup`,
        guest,
        name: record.guest.name ?? '',
        what: problem === undefined ? [] : [problem.what, problem.next],
      },
    ];
  const size = formatBytes(sizeBytes);
  return [
    {
      key: record.id,
      mark: warnings.length > 0 || pruneFailed !== undefined ? 'warning' : 'ok',
      words: t`Made, ${size}`,
      guest,
      name: `→ ${record.place}#${record.archive}`,
      digests: record.files.map(({ name, sha256 }) =>
        `sha256:${sha256} ${record.files.length > 1 ? name : ''}`.trim(),
      ),
      what: [...warnings, ...(pruneFailed === undefined ? [] : [pruneFailed])],
    },
    ...record.copies.map((copy): ProofLine => {
      const { state } = copy;
      const words = { verified: t`Copied`, pending: t`Not finished`, failed: t`Not copied` };
      return {
        key: `${record.id} ${copy.target}`,
        mark: offsiteMarks[state],
        words: words[state],
        guest,
        name: `→ target:${copy.target}`,
        what: copy.problem === undefined ? [] : [copy.problem.what, copy.problem.next],
      };
    }),
  ];
}

function outcomeOf({ outcome }: BackupCheck): Pick<ProofLine, 'mark' | 'words'> {
  if (outcome === 'passed') return { mark: 'ok', words: t`Passed` };
  return outcome === 'failed'
    ? { mark: 'danger', words: t`Failed` }
    : { mark: 'unknown', words: t`Could not be tried` };
}

function agentWords(state: AgentState['state']): string {
  const words: Record<AgentState['state'], string> = {
    absent: t`Not there`,
    current: t`In place`,
    outdated: t`Outdated`,
    foreign: t`Changed by hand`,
    silent: t`No answer`,
  };
  return words[state];
}
