import { describe, expect, it } from 'vitest';
import { unfinishedRun } from '../../../electron/services/cards/last-run.ts';
import { formatTime } from '../../../shared/quantities.ts';
import { jobSummarySchema, type JobSummary } from '../../../shared/schemas/job.ts';

const path = '/cards/a.img';

function job(change: Partial<JobSummary>): JobSummary {
  return jobSummarySchema.parse({
    id: '00000000-0000-4000-8000-000000000001',
    kind: 'card-burn',
    title: 'Burn titan-13 onto a.img',
    subject: path,
    startedAt: '2025-03-01T12:00:00.000Z',
    state: 'done',
    mine: false,
    ...change,
  });
}

const problem = { code: 'JOB_CUT_OFF', what: 'Cut off.', state: 'It may boot.', next: 'Burn it.' } as const;

describe('the last run on a path', () => {
  it('that was cut off is told with what it left', () => {
    const jobs = [job({ kind: 'card-verify' }), job({ state: 'cut-off', problem }), job({})];
    expect(unfinishedRun(jobs, path)?.words).toBe(
      `The last run on this path was cut off: “Burn titan-13 onto a.img” of ${formatTime(new Date('2025-03-01T12:00:00.000Z'))}. It left: It may boot.`,
    );
  });

  it('that went well, or was on another path, is no reason for anything', () => {
    const cutOff = job({ state: 'cut-off', problem });
    expect(unfinishedRun([job({}), cutOff], path)).toBeUndefined();
    expect(unfinishedRun([cutOff], '/cards/b.img')).toBeUndefined();
    expect(unfinishedRun([job({ state: 'running' })], path)).toBeUndefined();
  });
});
