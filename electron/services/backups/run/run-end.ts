import { cancelled, Problem, type ProblemRecord } from '../../../../shared/problem.ts';
import { formatQuantity } from '../../../../shared/quantities.ts';
import type { JobReport } from '../../../../shared/schemas/job.ts';
import type { GuestEnd } from './guest-run.ts';

/**
 * The report of a run in which everything was made and copied; whatever was not is thrown, so that nobody takes it for done.
 * Records and logbook have each guest's own end.
 */
export function runEnd(ends: readonly GuestEnd[], isCancelled: boolean): JobReport {
  const made = ends.filter(({ record }) => record?.outcome === 'made');
  const problems = ends.flatMap(({ address, problems: own }) => own.map((problem) => ({ address, problem })));
  if (isCancelled) throw cancelled(stateOf(ends));
  const [first] = problems;
  if (first === undefined)
    return { kind: 'backup-run', backups: made.flatMap(({ record }) => (record ? [record] : [])) };
  const { code, ...data } = first.problem;
  // With one guest its own problem says all there is to say.
  if (ends.length === 1 && problems.length === 1) {
    const isCopy = made.length === 1;
    throw new Problem(
      code,
      isCopy ? { ...data, what: `${first.address} is backed up, and not copied: ${data.what}` } : data,
    );
  }
  throw new Problem(
    sharedCode(problems.map(({ problem }) => problem)) ?? summaryCode(made.length === ends.length),
    {
      what: `${whatFailed(ends, made.length)} ${first.address}: ${data.what}`,
      state: stateOf(ends),
      next: data.next,
      ...(problems.length === 1
        ? {}
        : { more: problems.slice(1, 21).map(({ address, problem }) => `${address}: ${problem.what}`) }),
    },
  );
}

function whatFailed(ends: readonly GuestEnd[], made: number): string {
  const not = ends.length - made;
  if (not > 0)
    return `${formatQuantity(not, 'guest')} of ${ends.length} ${not === 1 ? 'was' : 'were'} not backed up.`;
  return 'Everything was backed up, and not everything was copied.';
}

function stateOf(ends: readonly GuestEnd[]): string {
  const made = ends.filter(({ record }) => record?.outcome === 'made').map(({ address }) => address);
  if (made.length === 0) return 'No backup was made; earlier ones are as they were.';
  return `Made: ${made.slice(0, 20).join(', ')}${made.length > 20 ? ' …' : ''}. Their records are in backups/backups.json.`;
}

function sharedCode(problems: readonly ProblemRecord[]): ProblemRecord['code'] | undefined {
  const codes = new Set(problems.map(({ code }) => code));
  return codes.size === 1 ? problems[0]?.code : undefined;
}

function summaryCode(isOnlyCopies: boolean): 'COPY_FAILED' | 'BACKUP_FAILED' {
  return isOnlyCopies ? 'COPY_FAILED' : 'BACKUP_FAILED';
}
