import { Problem } from '../../../shared/problem.ts';
import type { DeployingNode } from './ask-deploying-node.ts';
import type { DeployWords } from './deploy-words.ts';
import type { NodeAnswer } from './node-answer.ts';
import type { Payload } from './node-payload.ts';

const nothingThere = (node: string) => `Nothing was changed on ${node}.`;

/** Why a node was not armed. */
export function notArmed(
  { node, words }: Pick<DeployingNode, 'node' | 'words'>,
  { outcome, armed, said }: NodeAnswer,
  { files }: Payload,
): Problem {
  const [word, parameter = ''] = outcome;
  const path = files[Number(parameter) - 1]?.path ?? 'a file';
  const state = nothingThere(node);
  switch (word) {
    case 'taken':
      return new Problem('NODE_ARMED', {
        what: `${node} is armed by another deploy, ${armed?.deploy ?? 'which has just ended'}${armed === undefined || armed.who === '' ? '' : `, of ${armed.who}`}.`,
        state,
        next: `It is free again in ${Math.max(1, armed?.secondsLeft ?? 1)} s at the latest. Then plan again.`,
      });
    case 'differs':
      return new Problem('PLAN_CHANGED', {
        what: `${path} on ${node} is not what it was when the deploy was planned.`,
        state,
        next: 'Plan the deploy again and review it.',
      });
    case 'refused':
      return new Problem('DESIGN_PATH_REFUSED', {
        what: `${node} does not take ${path}: it is not where a deploy may write, something is in the way, or its owner is no user there.`,
        state,
        next: `Look at ${path} on ${node} and in the design.`,
      });
    case 'unprepared':
      return new Problem('DEPLOY_REFUSED', {
        what: `${node} has no ${parameter}, which a deploy needs there.`,
        state,
        next: `On a Debian or Proxmox system: ${words.install}`,
      });
    default:
      return new Problem('DEPLOY_REFUSED', {
        what: `${node} could not be armed${said === '' ? '' : `: ${said}`}.`,
        state,
        next: `See that ${node} has room on its disks (df -h / /etc /var), then deploy again.`,
      });
  }
}

/** Why a node that was armed is not new; its newest lines of output with it. */
export function notApplied(
  { node, words }: Pick<DeployingNode, 'node' | 'words'>,
  { takenBack, armed, log }: NodeAnswer,
  deploy: string,
): Problem {
  const why = takenBack?.deploy === deploy ? takenBack.why : armed?.decision;
  return new Problem('DEPLOY_ROLLED_BACK', {
    what: `${node} ${whyTakenBack(why, words) ?? 'stopped in the middle of putting the deploy in place'}.`,
    state: `${node} goes back to what it was.`,
    next: `Look at the lines of ${node}, mend the design, and deploy again.`,
    ...(log.length === 0 ? {} : { more: log.map((line) => `${node}: ${line}`) }),
  });
}

function whyTakenBack(why: string | undefined, words: DeployWords): string | undefined {
  return new Map([
    [
      'restoring-failed',
      `could not put the deploy in place (${words.mayFail} failed), and took it back itself`,
    ],
    ['restoring-timeout', 'was not confirmed in time, and took the deploy back itself'],
    ['restoring-boot', `rebooted, and took the deploy back before ${words.beforeAtBoot}`],
    ['restoring-asked', 'was told to take the deploy back'],
  ]).get(why ?? '');
}
