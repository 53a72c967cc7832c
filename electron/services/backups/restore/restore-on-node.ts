import { setTimeout } from 'node:timers/promises';
import { asProblem, Problem } from '../../../../shared/problem.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import type { Destination } from '../../ssh/destination.ts';
import { isPassing } from '../../ssh/passing-problems.ts';
import type { Ssh } from '../../ssh/ssh.ts';
import {
  type NodeRestore,
  orderLines,
  parseRestoreAnswer,
  type RestoreAnswer,
  restoreCommand,
  type RestoreOrder,
  type RestoreQuestion,
} from './restore-program.ts';

/** A node, and the program that restores there. */
export interface RestoreNode {
  readonly ssh: Ssh;
  readonly node: string;
  readonly destination: Destination;
  readonly program: string;
}

export interface RestoreEnd {
  readonly run: NodeRestore;
  /** The last lines of what the restore said, each on one line. */
  readonly lines: readonly string[];
}

export interface RestoreWatch {
  /** Aborted: the restore is stopped on the node, and its end is waited for. */
  readonly signal: AbortSignal;
  /** Percent of the guest's disks, where the restore says so. */
  readonly progress: (percent: number) => void;
  readonly silent: (problem: Problem) => void;
}

const attemptMilliseconds = 45_000;
const answerBytes = 1024 * 1024;
/** A node may reboot meanwhile, or its network be away. */
const patienceMilliseconds = 15 * 60 * 1000;
const shortestPause = 250;
const longestPause = 2000;
const keptLines = 40;

/** Asks the program once. The problems of `Ssh.run`, NODE_ANSWER_INVALID. */
export async function askRestoreNode(
  { ssh, node, destination, program }: RestoreNode,
  question: RestoreQuestion,
  { signal, input }: { readonly signal: AbortSignal; readonly input?: string },
): Promise<RestoreAnswer> {
  const { stdout, stderr } = await ssh.run(destination, restoreCommand(program, question, input), {
    signal,
    limits: { milliseconds: attemptMilliseconds, bytes: answerBytes },
  });
  const answer = parseRestoreAnswer(stdout);
  if (answer !== undefined) return answer;
  throw new Problem('NODE_ANSWER_INVALID', {
    what: `${node} did not answer as the program for restores does${stderr.length === 0 ? '' : `: ${onOneLine(stderr.toString('utf8'), 200)}`}.`,
    state: `What it does on ${node} is not known; a restore that runs there goes on by itself.`,
    next: `See that ${node} has room on its disks, then look at the guest there.`,
  });
}

/**
 * One restore on its node, from its start to its end; the node goes on with it whoever listens. STORAGE_BUSY is what another
 * restore of the same guest is; RESTORE_REFUSED, NODE_SILENT.
 */
export async function restoreOnNode(
  node: RestoreNode,
  id: string,
  order: RestoreOrder,
  { signal, progress, silent }: RestoreWatch,
): Promise<RestoreEnd> {
  const lines: string[] = [];
  let offset = 0;
  let rest = '';
  let pause = shortestPause;
  let isStopped = false;
  // What was begun is followed to its end: nobody leaves a guest without knowing what it is like.
  const still = new AbortController().signal;
  await start();
  for (;;) {
    if (signal.aborted && !isStopped) {
      isStopped = true;
      await patiently(['cancel', id]);
    }
    const answer = await patiently(['status', id, String(offset)]);
    const isNew = take(answer);
    const run = answer.runs.find((one) => one.id === id);
    if (run === undefined) throw lost(node.node, order.vmid);
    if (run.state !== 'running' && offset >= (answer.log?.size ?? 0)) return { run, lines };
    pause = isNew ? shortestPause : Math.min(longestPause, pause * 1.5);
    await setTimeout(pause);
  }

  async function start(): Promise<void> {
    const answer = await patiently(['start', id], orderLines(order, node.program));
    const [word, about = ''] = answer.outcome;
    if (word === 'started') return;
    throw new Problem(word === 'busy' ? 'TARGET_IN_USE' : 'RESTORE_REFUSED', {
      what:
        word === 'busy'
          ? `Another restore works on the guest ${order.vmid} of ${node.node} right now.`
          : word === 'unprepared'
            ? `${node.node} has no ${about}, which a restore needs.`
            : `${node.node} did not begin the restore (${word}).`,
      state: 'Nothing was changed.',
      next: word === 'busy' ? 'Wait until it has ended.' : `Look at it: ssh ${node.node}`,
    });
  }

  function take({ log }: RestoreAnswer): boolean {
    if (log === undefined || log.from !== offset || log.bytes.length === 0) return false;
    offset += log.bytes.length;
    const parts = (rest + log.bytes.toString('utf8')).split(/[\r\n]/);
    rest = (parts.pop() ?? '').slice(-4096);
    for (const part of parts) {
      // As vma prints it (pve-qemu, vma.c): `progress 12% (read 3865470976 bytes, duration 33 sec)`.
      const percent = /^progress (\d{1,3})% /.exec(part)?.[1];
      if (percent === undefined) lines.push(onOneLine(part, 300));
      else progress(Math.min(100, Number(percent)));
    }
    lines.splice(0, lines.length - keptLines);
    return true;
  }

  async function patiently(question: RestoreQuestion, input = ''): Promise<RestoreAnswer> {
    const until = performance.now() + patienceMilliseconds;
    for (;;) {
      try {
        return await askRestoreNode(node, question, { signal: still, input });
      } catch (error) {
        const problem = asProblem(error);
        if (problem === undefined || !isPassing(problem.code)) throw error;
        if (performance.now() >= until) throw gaveUp(node.node, order.vmid, problem);
        silent(problem);
        await setTimeout(longestPause);
      }
    }
  }
}

function lost(node: string, vmid: number): Problem {
  return new Problem('RESTORE_FAILED', {
    what: `${node} does not know of the restore any more.`,
    state: `What the guest ${vmid} of ${node} is like is not known.`,
    next: `Look at it on ${node} before anything else is done to it.`,
  });
}

function gaveUp(node: string, vmid: number, problem: Problem): Problem {
  return new Problem('NODE_SILENT', {
    what: `${node} was silent for too long: ${problem.data.what}`,
    state: `The restore of the guest ${vmid} goes on by itself there; how it ends is not known.`,
    next: `Look at it on ${node} once it answers: its log is in /var/lib/sifaka/backups/restores.`,
  });
}

/** What the node kept of a restore that is over goes. The problems of `askRestoreNode`. */
export async function forgetOnNode(node: RestoreNode, id: string): Promise<void> {
  await askRestoreNode(node, ['forget', id], { signal: new AbortController().signal });
}
