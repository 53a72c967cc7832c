import { asProblem } from '../../../../shared/problem.ts';
import type { DeployRecord } from '../../../../shared/schemas/bridge.ts';
import type { JobReporter } from '../../jobs/job-registry.ts';
import type { LabFolder } from '../../lab/lab-folder.ts';
import { standingOf } from './deploy-problems.ts';

/** A lab that cannot be written does not undo what is on the nodes: the job says so instead. */
export async function noteDeploy(
  lab: LabFolder,
  report: Pick<JobReporter, 'note'>,
  record: DeployRecord,
  name: string,
): Promise<void> {
  try {
    await lab.appendToLogbook({
      project: 'bridge',
      summary: summaryFor(record, name),
      reason: record.reason ?? '',
      details: [standingOf(record.nodes), `Plan ${record.planDigest}`, `Deploy ${record.id}`],
      affectedResources: record.nodes.map(({ node }) => node),
    });
  } catch (error) {
    const problem = asProblem(error);
    if (problem === undefined) throw error;
    report.note(`The logbook was not written: ${problem.data.what} ${problem.data.next}`);
  }
}

/** What became of a deploy that was split or cut off. */
export async function noteConverged(lab: LabFolder, record: DeployRecord): Promise<void> {
  await lab.appendToLogbook({
    project: 'bridge',
    summary: `Bridge: it was settled what became of deploy ${record.id}: ${record.state}`,
    details: [standingOf(record.nodes)],
    affectedResources: record.nodes.map(({ node }) => node),
  });
}

function summaryFor({ state, source, nodes }: DeployRecord, name: string): string {
  const where = nodes.map(({ node }) => node).join(', ');
  const what = source.kind === 'deploy' ? `${name} (rollback)` : name;
  if (state === 'confirmed') return `Bridge: ${what} deployed, proven and confirmed on ${where}`;
  if (state === 'split') return `Bridge: ${what} is on some of ${where} and not on others`;
  return `Bridge: ${what} was taken back on ${where}`;
}
