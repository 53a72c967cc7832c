import { join } from 'node:path';
import { Problem } from '../../shared/problem.ts';
import type { Lane } from '../../shared/progress.ts';
import type { JobReport } from '../../shared/schemas/job.ts';
import { failedRun, guestOf, hour, iso, recordOf } from '../rig/backups/made-backups.ts';
import type { RunningApp } from './running-app.ts';

export type BackupJobName =
  | 'backingUp'
  | 'backedUp'
  | 'backupFailed'
  | 'pruned'
  | 'reread'
  | 'restored'
  | 'restoreTested'
  | 'agentDeployed';

const web = guestOf(100, { name: 'web' });
const photos = guestOf(107, { name: 'photos', type: 'lxc' });

const lanes: Lane[] = [
  { name: 'baobab/100', state: 'done', label: 'Made, read, and compared at offsite.' },
  { name: 'baobab/107', state: 'running', label: '41 % of 32 GB, 371 MB/s' },
  { name: 'ebony/102', state: 'waiting', label: 'Waits for nas, on which one backup is made at a time.' },
];

/** One job of each kind that has ended, one that failed, and one that runs for as long as it is looked at. */
export async function startBackupJobs(app: RunningApp): Promise<Record<BackupJobName, string>> {
  const { jobs } = app.services;
  const steps = [
    { id: 'dump', label: 'Make the archives', unit: 'bytes', weight: 3 },
    { id: 'copy', label: 'Copy them to the targets', unit: 'bytes', weight: 2 },
  ] as const;
  const start = (
    kind: JobReport['kind'] & `backup-${string}`,
    title: string,
    end: () => Promise<JobReport>,
  ) =>
    jobs.start({
      kind,
      title,
      subject: join(app.lab, `${kind}-${title}`),
      planDigest: '1'.repeat(64),
      ifCutOff: 'The node goes on with the backup that it makes; run it again to follow it.',
      steps,
      run({ report, signal }) {
        report.progress({ step: 'dump', done: 13e9, total: 32e9, lanes });
        return Promise.race([
          end(),
          new Promise<JobReport>((_resolve, reject) =>
            signal.addEventListener('abort', () => reject(signal.reason)),
          ),
        ]);
      },
    });
  const ended = async (kind: Parameters<typeof start>[0], title: string, end: () => Promise<JobReport>) => {
    const id = await start(kind, title, end);
    for await (const event of jobs.follow(id, {})) if (event.type === 'ended') return id;
    return id;
  };
  const now = Date.now();
  const made = recordOf(web, now - hour);
  const archive = `storage:nas#${made.archive}`;
  const problem = {
    code: 'COPY_FAILED',
    what: 'offsite took 3 of 12 parts, and then answered no more.',
    state: 'The archive on nas is whole.',
    next: 'sifaka backups run baobab/107',
  } as const;
  const check = {
    at: iso(now),
    kind: 'restore-test',
    place: 'storage:nas',
    outcome: 'passed',
    detail: 'Restored as 9900; its agent answered after 41 s; removed again.',
    evidence: 'agent-answered',
  } as const;
  return {
    backedUp: await ended('backup-run', 'Back up web, photos and postgres', async () => ({
      kind: 'backup-run',
      backups: [
        made,
        recordOf(photos, now - hour, { copies: [{ target: 'offsite', state: 'failed', problem }] }),
        failedRun(guestOf(102, { name: 'postgres', node: 'ebony' }), now - hour),
      ],
    })),
    backupFailed: await ended('backup-run', 'Back up git', async () => {
      throw new Problem('STORAGE_FULL', {
        what: 'nas of ebony is full: the dump ended at 60 %.',
        state: 'There is no new archive; the ones before are as they were.',
        next: 'See sifaka backups prune --plan, or make room on nas.',
      });
    }),
    pruned: await ended('backup-prune', 'Remove 3 archives from nas', async () => ({
      kind: 'backup-prune',
      removed: [archive, `${archive}.2`],
      left: [{ archive: `${archive}.3`, problem: { ...problem, code: 'ARCHIVE_CHANGED' } }],
      freedBytes: 21e9,
    })),
    reread: await ended('backup-verify', 'Read 2 archives again', async () => ({
      kind: 'backup-verify',
      checks: [
        { ...check, kind: 'checksum', detail: 'Every byte was read.', archive },
        { ...check, kind: 'structure', outcome: 'unavailable', detail: 'baobab has no vma.', archive },
        {
          ...check,
          kind: 'compression',
          outcome: 'failed',
          detail: 'zstd: data corruption',
          archive: 'target:offsite#b',
        },
      ],
      left: [{ archive: 'target:attic#c', problem: { ...problem, code: 'TARGET_UNREACHABLE' } }],
    })),
    restored: await ended('backup-restore', 'Restore web', async () => ({
      kind: 'backup-restore',
      guest: 'baobab/100',
      archive,
      evidence: ['It has 2 disks, as the archive.', 'It runs, and its agent answers.'],
    })),
    restoreTested: await ended('backup-restore-test', 'Test that web can be restored', async () => ({
      kind: 'backup-restore-test',
      guest: 'baobab/100',
      archive,
      check,
    })),
    agentDeployed: await ended('backup-agent-deploy', 'Deploy the agent to two nodes', async () => ({
      kind: 'backup-agent-deploy',
      nodes: [
        { node: 'baobab', state: 'current', guests: ['baobab/100'] },
        { node: 'tapia', state: 'silent', problem: { ...problem, code: 'NODE_SILENT' }, guests: [] },
      ],
    })),
    backingUp: await start('backup-run', 'Back up 3 guests', () => new Promise<JobReport>(() => undefined)),
  };
}
