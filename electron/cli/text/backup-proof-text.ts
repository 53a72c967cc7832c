import type { JobReport } from '../../../shared/schemas/job.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import { tableText } from './table.ts';

type Tested = Extract<JobReport, { kind: 'backup-restore-test' }>;
type Verified = Extract<JobReport, { kind: 'backup-verify' }>;

/** Nothing failed, and every archive could be read. */
export function isGood({ checks, left }: Verified): boolean {
  return left.length === 0 && checks.every(({ outcome }) => outcome !== 'failed');
}

/** A line for each archive, and below them what is wrong. In capitals what is not good. */
export function verifiedText(report: Verified): string {
  if (report.checks.length + report.left.length === 0)
    return 'Nothing was to be read: every archive that was asked for was read before.';
  const archives = [...new Set(report.checks.map(({ archive }) => archive))];
  const rows = archives.map((archive) => {
    const outcomes = new Map(
      report.checks.filter((check) => check.archive === archive).map(({ kind, outcome }) => [kind, outcome]),
    );
    const word = (kind: 'checksum' | 'compression' | 'structure') => {
      const outcome = outcomes.get(kind);
      if (outcome === 'failed') return 'FAILED';
      return outcome === 'unavailable' ? 'not known' : (outcome ?? '-');
    };
    return [archive, word('checksum'), word('compression'), word('structure')];
  });
  const left = report.left.map(({ archive }) => [archive, 'NOT READ', '-', '-']);
  const table = tableText(
    [{ title: 'ARCHIVE' }, { title: 'CHECKSUM' }, { title: 'COMPRESSION' }, { title: 'STRUCTURE' }],
    [...rows, ...left],
  );
  const wrong = [
    ...report.checks
      .filter(({ outcome }) => outcome !== 'passed')
      .map(({ archive, kind, detail }) => `${archive}, ${kind}: ${detail}`),
    ...report.left.map(({ archive, problem }) => `${archive}: ${problem.what} ${problem.next}`),
  ].map((line) => `  ${terminalText(line)}`);
  return [table, ...(wrong.length === 0 ? [] : [wrong.join('\n')])].join('\n\n');
}

/** How a restore test ended. */
export function testedText({ guest, archive, check }: Tested): string {
  const words = check.outcome === 'passed' ? 'The restore test passed' : 'The restore test FAILED';
  return terminalText(`${words}: ${guest}, of ${archive}. ${check.detail}`);
}
