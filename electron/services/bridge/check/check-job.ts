import { asProblem } from '../../../../shared/problem.ts';
import type { BridgeCheck } from '../../../../shared/schemas/bridge.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import { systemErrorCode } from '../../durable/system-error.ts';
import type { JobReporter, JobRequest } from '../../jobs/job-registry.ts';
import type { BridgeServiceParts } from '../bridge-service.ts';
import type { ClusterBridge } from '../cluster-bridge.ts';
import { checkBridge, type CheckRequest, checkSteps } from './check-bridge.ts';
import type { CheckHistory } from './history.ts';

/**
 * A check as a job. That it finds failures is its result and no failure of the job. Two at once, in whatever processes,
 * are TARGET_IN_USE.
 */
export function checkJob(
  parts: Pick<BridgeServiceParts, 'lab' | 'ssh' | 'clock' | 'history'>,
  bridge: ClusterBridge,
  request: CheckRequest,
): JobRequest {
  const { lab, history } = parts;
  return {
    kind: 'bridge-check',
    title: `Check the bridge ${bridge.bridge}`,
    subject: `the check of the bridge in ${lab.root}`,
    ifCutOff: 'Nothing was changed: a check only asks and sends frames.',
    steps: checkSteps(request.throughput),
    async run({ signal, report }) {
      const check = await checkBridge(parts, bridge, request, signal, report);
      const [before] = await history.newest(1);
      await keep(history, check, report);
      // A schedule would fill the logbook with what did not change.
      if (check.trigger !== 'schedule' || before?.passed !== check.passed)
        await noteInLogbook(parts, bridge, check, report);
      return { kind: 'bridge-check', check };
    },
  };
}

/** What was seen is not lost because the disk is full. */
async function keep(history: CheckHistory, check: BridgeCheck, report: JobReporter): Promise<void> {
  try {
    await history.add(check);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    report.note(`The check was not kept in the history: its folder cannot be written (${code}).`);
  }
}

async function noteInLogbook(
  { lab }: Pick<BridgeServiceParts, 'lab'>,
  { bridge }: ClusterBridge,
  { id, passed, nodes, pairs, findings, trigger }: BridgeCheck,
  report: JobReporter,
): Promise<void> {
  const through = pairs.filter((pair) => pair.passed).length;
  const verdict = passed ? 'passed' : 'failed';
  try {
    await lab.appendToLogbook({
      project: 'bridge',
      summary: `Check of ${bridge} ${verdict}: full frames get through in ${through} of ${pairs.length} directions.`,
      reason: trigger === 'schedule' ? 'On schedule; the verdict is another than before.' : '',
      details: [`Check ${id}`, ...findings.slice(0, 20).map(({ what }) => onOneLine(what, 500))],
      affectedResources: nodes.map(({ node }) => node),
    });
  } catch (error) {
    const problem = asProblem(error);
    if (problem === undefined) throw error;
    report.note(`The logbook was not written: ${problem.data.what} ${problem.data.next}`);
  }
}
