import type { BridgeCheck } from '../../../../shared/schemas/bridge.ts';
import type { JobReport } from '../../../../shared/schemas/job.ts';
import type { BridgeServiceParts } from '../bridge-service.ts';
import type { JobRequest } from '../../jobs/job-registry.ts';
import type { ConfirmedPlan } from '../plan/bridge-plans.ts';
import { isChanged } from '../plan/refusals.ts';
import { operatorName } from '../../node-deploy/operator-name.ts';
import { bridgeNodeParts } from './bridge-words.ts';
import { deploySteps } from './deploy-steps.ts';
import { DeployRun } from './deploy-run.ts';
import { readNodeProgram } from '../../node-deploy/node-program.ts';

/** The job that runs a confirmed plan on all its nodes, or on none. DEPLOY_REFUSED without the nodes' program. */
export async function deployJob(parts: BridgeServiceParts, confirmed: ConfirmedPlan): Promise<JobRequest> {
  const { plan, digest, facts } = confirmed;
  const program = await readNodeProgram(parts.resources, bridgeNodeParts);
  const changed = plan.nodes.filter(isChanged).map(({ node }) => node);
  return {
    kind: 'bridge-deploy',
    title: `Deploy ${facts.source.name} to ${changed.length === 0 ? 'no node' : changed.join(', ')}`,
    // One bridge of one lab is changed by one job at a time; what other machines do the nodes themselves keep apart.
    subject: `${parts.lab.root}#${facts.bridge.bridge}`,
    planDigest: digest,
    ifCutOff: 'Nothing was changed on any node.',
    steps: deploySteps,
    async run({ jobId, signal, report }) {
      const run = new DeployRun(parts, confirmed, {
        program,
        who: operatorName(),
        deploy: jobId,
        signal,
        report,
      });
      const { record, check } = await run.toItsEnd();
      return reportOf(record, check);
    },
  };
}

function reportOf(
  deploy: Extract<JobReport, { kind: 'bridge-deploy' }>['deploy'],
  check: BridgeCheck | undefined,
): JobReport {
  return { kind: 'bridge-deploy', deploy, ...(check === undefined ? {} : { check }) };
}
