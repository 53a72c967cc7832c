import { join } from 'node:path';
import { Problem } from '../../shared/problem.ts';
import type { JobReport } from '../../shared/schemas/job.ts';
import type { SyncOperation } from '../../shared/schemas/sync-record.ts';
import type { SyncRunReport } from '../../shared/schemas/sync-report.ts';
import { incomplete, kept, notices, playedIteration, run } from './played-sync.ts';
import type { RunningApp } from './running-app.ts';

export type SyncJobName = 'syncing' | 'synced' | 'syncIncomplete' | 'syncFailed';

const report = (changes: Partial<SyncRunReport> = {}): SyncRunReport => ({
  kind: 'sync-run',
  logDir: '/var/log/ha-sync',
  iteration: run(),
  counts: {
    source: 18_430,
    destination: 18_427,
    common: 18_426,
    equal: 18_412,
    creates: 12,
    updates: 3,
    deletes: 1,
    bytes: 4.1e9,
  },
  digest: '1'.repeat(64),
  operations: kept().map(reported),
  operationsTotal: 16,
  notices,
  noticesTotal: 2,
  trash: `/mnt/hp/media/.sifaka-trash/${playedIteration}`,
  recorded: 'stored',
  ...changes,
});

function reported({ id: _id, reason, ...operation }: ReturnType<typeof kept>[number]): SyncOperation {
  return { ...operation, reason: reason ?? 'newer' };
}

/** A run that goes on for as long as it is looked at, one that did everything, one that did not, and one that did nothing. */
export async function startSyncJobs(app: RunningApp): Promise<Record<SyncJobName, string>> {
  const { jobs } = app.services;
  type End = Parameters<typeof jobs.start>[0]['run'];
  const start = (name: string, work: End) =>
    jobs.start({
      kind: 'sync-run',
      title: `Sync ${name} from dell to hp`,
      subject: join(app.lab, `sync-${name}`),
      planDigest: '1'.repeat(64),
      ifCutOff: 'Each file on hp is the old one or the new one, whole.',
      steps: [
        { id: 'look', label: 'Compare both sides', unit: 'files', weight: 2 },
        { id: 'apply', label: 'Copy', unit: 'bytes', weight: 7 },
      ],
      run: work,
    });
  const ended = async (name: string, work: End) => {
    const id = await start(name, work);
    for await (const event of jobs.follow(id, {})) if (event.type === 'ended') return id;
    return id;
  };
  const { code, ...problem } = incomplete;
  return {
    synced: await ended('media', async () => report()),
    syncIncomplete: await ended('photos', async () => ({
      done: report({ iteration: run({ status: 'partial_failure', files_failed: 2 }), recorded: 'kept' }),
      problem: new Problem(code, problem),
    })),
    syncFailed: await ended('calm', async () => {
      throw new Problem('SYNC_ROOT_LOST', {
        what: '/mnt/hp/calm is not the folder any more that it was when this run began, or its marker is gone.',
        state: 'Nothing was changed after this was noticed.',
        next: 'See whether it is still mounted, then run again.',
      });
    }),
    syncing: await start('music', ({ report: reporter, signal }) => {
      reporter.progress({ step: 'look', done: 18_430, total: 18_430 });
      reporter.progress({ step: 'apply', done: 1.9e9, total: 4.1e9 });
      reporter.note('films/new/lemurs of madagascar.mkv changed while it was copied; it is copied again.');
      return new Promise<JobReport>((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason)),
      );
    }),
  };
}
