import { formatTime } from '../../../shared/quantities.ts';
import type { JobSummary } from '../../../shared/schemas/job.ts';

/** A run that was to write a card and did not end well. */
export interface UnfinishedRun {
  readonly startedAt: string;
  /** What became of it and what it left, in whole sentences. */
  readonly words: string;
}

const endings: Partial<Record<JobSummary['state'], string>> = {
  'cut-off': 'was cut off',
  failed: 'failed',
  cancelled: 'was stopped',
};

/** The last run on a path, if it left no proven card; `jobs` are newest first. */
export function unfinishedRun(jobs: readonly JobSummary[], path: string): UnfinishedRun | undefined {
  const last = jobs.find(
    ({ kind, subject }) => (kind === 'card-burn' || kind === 'card-build') && subject === path,
  );
  const ending = last === undefined ? undefined : endings[last.state];
  if (last === undefined || ending === undefined) return undefined;
  const { startedAt, title, problem } = last;
  const left = problem === undefined ? '' : ` It left: ${problem.state}`;
  return {
    startedAt,
    words: `The last run on this path ${ending}: “${title}” of ${formatTime(new Date(startedAt))}.${left}`,
  };
}
