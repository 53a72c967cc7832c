import { setTimeout } from 'node:timers/promises';
import { asProblem, Problem, type ProblemCode } from '../../../shared/problem.ts';
import type { DeployLanes } from './deploy-lanes.ts';
import { askOnce, askUntil, type DeployingNode } from './ask-deploying-node.ts';
import { endOf, type NodeAnswer } from './node-answer.ts';
import { type Payload, payloadText } from './node-payload.ts';
import { notApplied, notArmed } from './node-problems.ts';

/** A node that is being changed. Points of time are of `performance.now()`. */
export interface ChangingNode {
  readonly asked: DeployingNode;
  readonly payload: Payload;
  /** When it goes back by itself; before it is armed, when it would at the latest. */
  until: number;
  /** false: it was never asked to arm, or said itself that it is not. */
  mayBeArmed: boolean;
}

export interface NodeWork {
  readonly deploy: string;
  readonly windowSeconds: number;
  readonly lanes: DeployLanes;
  readonly now: () => Date;
}

/** The longest time that arming takes: its files are written and synced. */
const armMilliseconds = 60_000;
/** After its window a node may still be booting. */
const graceMilliseconds = 30_000;
const pauseMilliseconds = 500;

/** NODE_ARMED, PLAN_CHANGED, DESIGN_PATH_REFUSED, DEPLOY_REFUSED, SSH_…: nothing has changed on the node then. */
export async function armNode(node: ChangingNode, work: NodeWork, signal: AbortSignal): Promise<void> {
  const { asked, payload } = node;
  work.lanes.set(asked.node, 'running', 'is being armed');
  node.until = performance.now() + armMilliseconds + work.windowSeconds * 1000;
  node.mayBeArmed = true;
  try {
    const answer = await askOnce(asked, ['arm', work.deploy, String(work.windowSeconds)], {
      input: payloadText(payload),
      signal,
      milliseconds: armMilliseconds,
    });
    node.mayBeArmed = answer.armed?.deploy === work.deploy;
    if (answer.outcome[0] !== 'armed' || answer.armed?.deploy !== work.deploy)
      throw notArmed(asked, answer, payload);
    setDeadline(node, work, answer.armed.secondsLeft * 1000);
  } catch (error) {
    if (neverReached.has(asProblem(error)?.code ?? 'INTERNAL')) node.mayBeArmed = false;
    throw error;
  }
}

/** Nobody was logged in to there. */
const neverReached: ReadonlySet<ProblemCode> = new Set([
  'SSH_UNREACHABLE',
  'SSH_LOGIN_REFUSED',
  'HOST_KEY_UNKNOWN',
  'HOST_KEY_MISMATCH',
]);

/** By the node's word, which can only make it sooner. */
function setDeadline(node: ChangingNode, { lanes, now, windowSeconds }: NodeWork, said: number): void {
  const left = Math.min(said, windowSeconds * 1000);
  node.until = performance.now() + left;
  lanes.armed(node.asked.node, new Date(now().getTime() + left));
}

/** Puts the new files in place; resolves when the node has taken them. DEPLOY_ROLLED_BACK, SSH_…. */
export async function applyNode(
  node: ChangingNode,
  work: NodeWork,
  { until, signal }: { readonly until: number; readonly signal: AbortSignal },
): Promise<void> {
  const { asked } = node;
  const { deploy, lanes } = work;
  lanes.set(asked.node, 'running', `puts the files in place and ${asked.words.applying}`);
  // Asking twice is asking once: the node begins it only when it is armed and nothing has begun.
  let answer = await askUntil(asked, ['apply', deploy], { until, signal });
  for (;;) {
    if (answer.armed?.deploy !== deploy || answer.armed.decision !== 'undecided')
      throw notApplied(asked, await afterwards(asked, deploy, answer, signal), deploy);
    if (answer.armed.phase === 'applied') break;
    if (!answer.armed.isApplying || performance.now() >= until) throw notApplied(asked, answer, deploy);
    answer = await askUntil(asked, ['status', deploy, 'applied', '10'], { until, signal });
  }
  lanes.set(asked.node, 'armed', 'has the new state; it goes back by itself unless this is confirmed');
}

/** What the node says once it is back, with all that its programs printed. */
async function afterwards(
  asked: DeployingNode,
  deploy: string,
  answer: NodeAnswer,
  signal: AbortSignal,
): Promise<NodeAnswer> {
  if (answer.armed === undefined) return answer;
  return askOnce(asked, ['status', deploy, 'settled', '10'], { signal }).catch(() => answer);
}

export type NodeEnd = 'new' | 'old' | 'unknown';

/** Takes everything back at once, and stays with the node until it is known to be back or its window is long over. */
export async function takeBack(node: ChangingNode, { deploy, lanes }: NodeWork): Promise<NodeEnd> {
  const { asked } = node;
  if (!node.mayBeArmed) {
    lanes.set(asked.node, 'taken-back', 'was not changed');
    return 'old';
  }
  const options = { until: node.until + graceMilliseconds, signal: new AbortController().signal };
  lanes.set(asked.node, 'running', 'is being taken back');
  try {
    let answer = await askUntil(asked, ['restore', deploy], options);
    while (answer.armed?.deploy === deploy && performance.now() < options.until) {
      await setTimeout(pauseMilliseconds);
      answer = await askUntil(asked, ['status', deploy, 'settled', '10'], options);
    }
    const end = endOf(answer, deploy) ?? 'unknown';
    if (end === 'new') lanes.set(asked.node, 'done', 'has the new state');
    else if (answer.armed?.deploy === deploy)
      lanes.set(asked.node, 'failed', 'is still being taken back, and goes on with that by itself');
    else if (end === 'unknown') lanes.set(asked.node, 'failed', notAllBack);
    else if (answer.takenBack?.deploy === deploy && answer.takenBack.linksDiffer)
      lanes.set(
        asked.node,
        'failed',
        `has its old files, but its ${asked.words.live} could not all be brought back`,
      );
    else lanes.set(asked.node, 'taken-back', 'is on the old state');
    return end;
  } catch (error) {
    return lost(error, asked, lanes);
  }
}

/** Confirms; the node decides whether it is still in time. */
export async function confirmNode(node: ChangingNode, { deploy, lanes }: NodeWork): Promise<NodeEnd> {
  const { asked } = node;
  const options = { until: node.until + graceMilliseconds, signal: new AbortController().signal };
  lanes.set(asked.node, 'running', 'is being confirmed');
  try {
    for (;;) {
      const answer = await askUntil(asked, ['confirm', deploy], options);
      const end = endOf(answer, deploy);
      if (end === 'new') lanes.set(asked.node, 'done', 'keeps the new state');
      if (end === 'old') {
        await askUntil(asked, ['status', deploy, 'settled', '15'], options);
        lanes.set(asked.node, 'taken-back', notApplied(asked, answer, deploy).data.what);
      }
      if (end !== undefined) return end;
      if (answer.armed?.deploy !== deploy) {
        lanes.set(asked.node, 'failed', notAllBack);
        return 'unknown';
      }
      if (performance.now() >= options.until) return 'unknown';
      await setTimeout(pauseMilliseconds);
    }
  } catch (error) {
    return lost(error, asked, lanes);
  }
}

const notAllBack =
  'was taken back, but not all of its files are what they were: somebody removed what was kept of them';

function lost(error: unknown, { node }: DeployingNode, lanes: DeployLanes): 'unknown' {
  const problem = asProblem(error);
  if (!(problem instanceof Problem)) throw error;
  lanes.set(node, 'failed', `does not answer: ${problem.data.what}`);
  return 'unknown';
}
