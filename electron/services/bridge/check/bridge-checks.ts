import { Problem } from '../../../../shared/problem.ts';
import type { BridgeCheck } from '../../../../shared/schemas/bridge.ts';
import type { BridgeServiceParts } from '../bridge-service.ts';
import { clusterBridge } from '../cluster-bridge.ts';
import { type CheckRequest, chooseNodes } from './check-bridge.ts';
import { checkJob } from './check-job.ts';
import { openCheckIssue } from './open-issue.ts';
import { keepChecking } from './schedule.ts';
import { systemControl } from './system-control.ts';
import { createUserTimer, type UserTimer } from './user-timer.ts';

export interface BridgeChecks {
  /** Starts the job that checks the bridge. BRIDGE_MISSING, LAB_FILE_INVALID, NODE_UNKNOWN, TARGET_IN_USE. */
  check(options: {
    readonly nodes?: readonly string[] | undefined;
    readonly throughput: boolean;
    readonly scheduled?: boolean | undefined;
  }): Promise<{ jobId: string }>;
  /** Newest first. */
  checks(limit: number): Promise<BridgeCheck[]>;
  /** Opens an issue of the lab for what a check found, with what its nodes say of it now. CHECK_UNKNOWN, CHECK_PASSED. */
  openIssue(check: string, signal: AbortSignal): Promise<{ id: string; file: string }>;
  /** Checks as often as the cluster file says, until the signal; bugs go to `failed`. */
  keepChecking(signal: AbortSignal, failed: (error: unknown) => void): void;
  readonly timer: UserTimer;
}

export function createBridgeChecks(parts: BridgeServiceParts): BridgeChecks {
  const { lab, jobs, clock, history } = parts;
  const start = async (request: CheckRequest) => {
    const bridge = await clusterBridge(lab);
    chooseNodes(bridge, request.nodes);
    return { jobId: await jobs.start(checkJob(parts, bridge, request)) };
  };
  const [, program = ''] = process.argv;
  return {
    timer: createUserTimer({
      lab: lab.root,
      control: systemControl,
      platform: process.platform,
      environment: process.env,
      command: [process.execPath, program],
    }),
    check: ({ nodes, throughput, scheduled = false }) =>
      start({ nodes, throughput, trigger: scheduled ? 'schedule' : 'asked' }),
    checks: (limit) => history.newest(limit),
    async openIssue(id, signal) {
      const check = await history.find(id);
      if (check === undefined) throw checkUnknown(id);
      return openCheckIssue(parts, check, signal);
    },
    keepChecking: (signal, failed) =>
      keepChecking(
        { lab, jobs, clock, history, start: () => start({ throughput: false, trigger: 'schedule' }) },
        signal,
        failed,
      ),
  };
}

function checkUnknown(id: string): Problem {
  return new Problem('CHECK_UNKNOWN', {
    what: `There is no check ${id} in the history of this machine.`,
    state: 'No issue was opened.',
    next: '`sifaka bridge checks` names those that are kept.',
  });
}
