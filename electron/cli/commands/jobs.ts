import type { Command } from 'commander';
import type { SifakaClient } from '../../../shared/contract/index.ts';
import { Problem } from '../../../shared/problem.ts';
import type { JobReport, JobSummary } from '../../../shared/schemas/job.ts';
import { formatAge } from '../../../shared/quantities.ts';
import type { CommandContext, CommandResult, RunCommand } from '../command-context.ts';
import { reportOf, watchJob } from '../follow-job.ts';
import { withSession } from '../session.ts';
import { checkText } from '../text/bridge-check-text.ts';
import { deployedText } from '../text/bridge-text.ts';
import { backupReportText } from '../text/backup-report-text.ts';
import { evidenceText, receiptText } from '../text/card-text.ts';
import { imageAddedText } from '../text/image-text.ts';
import { syncRunText } from '../text/sync-run-text.ts';
import { tableText } from '../text/table.ts';

export function addJobCommands(program: Command, run: RunCommand): void {
  const jobs = program.command('jobs').description('runs, of this and every other window and terminal');

  jobs
    .command('list')
    .description('newest first')
    .action((_options, command: Command) =>
      run(command, (context) =>
        withSession(context, 'nothing', async ({ client }) => {
          const list = await client.jobs.list();
          return { report: list, text: jobsText(list, context.now()) };
        }),
      ),
    );

  jobs
    .command('follow <id>')
    .description('show a run from its start until it has ended; Ctrl-C stops watching, not the run')
    .action((id: string, _options, command: Command) =>
      run(command, (context) =>
        withSession(context, 'nothing', async ({ client }) => {
          const job = await findJob(client, id);
          const ended = await watchJob(context, client, job.id);
          if (ended === undefined) return stillRunning(job);
          const report = reportOf(ended);
          return { report, text: reportText(report, context.now()) };
        }),
      ),
    );

  jobs
    .command('cancel <id>')
    .description('ask a run to stop, and wait until it has')
    .action((id: string, _options, command: Command) =>
      run(command, (context) =>
        withSession(context, 'nothing', async ({ client }) => {
          const job = await findJob(client, id);
          await client.jobs.cancel({ id: job.id });
          return waitForEnd(context, client, job);
        }),
      ),
    );
}

async function waitForEnd(
  context: CommandContext,
  client: SifakaClient,
  job: JobSummary,
): Promise<CommandResult> {
  const ended = await watchJob(context, client, job.id);
  if (ended === undefined) return stillRunning(job);
  const state = ended.problem?.state ?? 'It had come to its end before it could be stopped.';
  if (ended.outcome === 'cancelled') return { report: ended, text: `Stopped. ${state}` };
  reportOf(ended);
  return { report: ended, text: state };
}

function stillRunning(job: JobSummary): CommandResult {
  throw new Problem('CANCELLED', {
    what: 'You stopped watching; the run itself was left alone.',
    state: `${job.title} goes on.`,
    next: `\`sifaka jobs follow ${job.id}\` shows it again, \`sifaka jobs cancel ${job.id}\` stops it.`,
  });
}

/** By its id, or by the first characters of it when they fit one run only. */
async function findJob(client: SifakaClient, id: string): Promise<JobSummary> {
  const wanted = id.toLowerCase();
  const found = (await client.jobs.list()).filter((job) => job.id.startsWith(wanted));
  const [job] = found;
  if (job !== undefined && found.length === 1 && wanted.length >= 4) return job;
  throw new Problem('JOB_UNKNOWN', {
    what: found.length > 1 ? `More than one run begins with ${id}.` : `There is no run ${id}.`,
    state: 'Nothing was changed.',
    next: '`sifaka jobs list` names the runs; the first eight characters are enough.',
  });
}

function jobsText(jobs: readonly JobSummary[], now: Date): string {
  if (jobs.length === 0) return 'There was no run yet.';
  return tableText(
    [
      { title: 'RUN' },
      { title: 'STATE' },
      { title: 'DONE', align: 'right' },
      { title: 'STARTED' },
      { title: 'WHAT' },
    ],
    jobs.map((job) => [
      job.id.slice(0, 8),
      job.state,
      job.state === 'done'
        ? '100 %'
        : job.progress === undefined
          ? ''
          : `${Math.floor(job.progress.overall * 100)} %`,
      formatAge(new Date(job.startedAt), now),
      job.problem === undefined ? job.title : `${job.title}: ${job.problem.state}`,
    ]),
  );
}

function reportText(report: JobReport, now: Date): string {
  if (report.kind === 'card') return receiptText(report.receipt, now);
  if (report.kind === 'card-evidence') return evidenceText(report.evidence, now);
  if (report.kind === 'bridge-deploy') return deployedText(report.deploy);
  if (report.kind === 'bridge-check') return checkText(report.check);
  if (report.kind === 'image') return imageAddedText(report);
  if (report.kind === 'sync-run') return syncRunText(report);
  return backupReportText(report);
}
