import { setTimeout } from 'node:timers/promises';
import { asProblem, Problem } from '../../../../shared/problem.ts';
import type { PlannedGuest } from '../../../../shared/schemas/backup-plans.ts';
import { askPatiently, type BackupNode } from '../node/ask-node.ts';
import type { BackupNodeAnswer, NodeRun, NodeRunRequest, NodeRunResult } from '../node/node-answer.ts';
import { cutOff } from './run-problems.ts';
import { type TaskLog, TaskLogReader } from './task-log.ts';

/** What is seen of a run while it goes on. */
export interface SeenRun {
  readonly phase: NodeRun['phase'];
  readonly log: TaskLog;
}

export interface NodeRunOptions {
  /** Aborted: the backup is stopped on the node, and its end is waited for. */
  readonly signal: AbortSignal;
  readonly show: (seen: SeenRun) => void;
  readonly silent: (problem: Problem) => void;
}

/** A run that has ended on its node. */
export interface NodeRunEnd {
  readonly request: NodeRunRequest;
  readonly result: NodeRunResult;
  readonly log: TaskLog;
}

/** A node may reboot meanwhile, or its network be away; the backup goes on without anybody. */
const patienceMilliseconds = 15 * 60 * 1000;
/** To hear of the end of what was stopped. */
const cancelMilliseconds = 5 * 60 * 1000;
const shortestPause = 250;
const longestPause = 2000;
/** How often one that was cut off is set going again, in one run of the job. */
const mostStarts = 3;

/**
 * One backup on its node, from its start (or wherever it is by now) to its end. The node runs it by itself: whoever asks may
 * come and go. STORAGE_BUSY, BACKUP_REFUSED, NODE_SILENT, BACKUP_FAILED.
 */
export async function runOnNode(
  node: BackupNode,
  planned: PlannedGuest,
  options: NodeRunOptions,
): Promise<NodeRunEnd> {
  return new NodeRunning(node, planned, options).toItsEnd();
}

class NodeRunning {
  private readonly node: BackupNode;
  private readonly planned: PlannedGuest;
  private readonly options: NodeRunOptions;
  private readonly reader = new TaskLogReader();
  private offset = 0;
  private pause = shortestPause;
  private starts = 0;
  /** When it was told to end. */
  private cancelledAt: number | undefined;

  constructor(node: BackupNode, planned: PlannedGuest, options: NodeRunOptions) {
    this.node = node;
    this.planned = planned;
    this.options = options;
  }

  async toItsEnd(): Promise<NodeRunEnd> {
    const { signal } = this.options;
    await this.start();
    for (;;) {
      if (signal.aborted && this.cancelledAt === undefined) await this.cancel();
      const answer = await this.ask(['status', this.planned.id, String(this.offset)]);
      if (answer === undefined) continue;
      const run = answer.runs.find(({ id }) => id === this.planned.id);
      const isNew = this.take(answer);
      if (run === undefined) throw this.lost();
      if (run.state !== 'running' && this.hasAll(answer)) {
        const ended = this.ended(run);
        if (ended !== undefined) return ended;
        await this.start();
      }
      this.options.show({ phase: run.phase, log: this.reader.read() });
      if (this.cancelledAt !== undefined && performance.now() > this.cancelledAt + cancelMilliseconds)
        throw this.stillStopping();
      this.pause = isNew ? shortestPause : Math.min(longestPause, this.pause * 1.5);
      if (run.state === 'running') await this.wait();
    }
  }

  private async start(): Promise<void> {
    this.starts += 1;
    if (this.starts > mostStarts) throw cutOff(this.subject());
    const { program } = this.node;
    const input = `${requestText(this.request())}program ${Buffer.from(program).toString('base64')}\nend\n`;
    const answer = await this.ask(['start', this.planned.id], input);
    if (answer === undefined || answer.outcome[0] === 'started') return;
    throw this.notStarted(answer);
  }

  /** `undefined` when the answer was not waited for since the job is to end. */
  private async ask(
    request: Parameters<typeof askPatiently>[1],
    input?: string,
  ): Promise<BackupNodeAnswer | undefined> {
    const isEnding = this.cancelledAt !== undefined;
    try {
      return await askPatiently(this.node, request, {
        ...(input === undefined ? {} : { input }),
        signal: isEnding ? new AbortController().signal : this.options.signal,
        milliseconds: isEnding ? cancelMilliseconds / 5 : patienceMilliseconds,
        pauseMilliseconds: longestPause,
        silent: this.options.silent,
      });
    } catch (error) {
      if (this.options.signal.aborted && !isEnding && isAbort(error)) return undefined;
      throw isEnding ? this.unheard(error) : this.silence(error);
    }
  }

  private async cancel(): Promise<void> {
    this.cancelledAt = performance.now();
    await this.ask(['cancel', this.planned.id]);
    this.pause = shortestPause;
  }

  /** Whether something of the log was new. */
  private take({ log }: BackupNodeAnswer): boolean {
    if (log === undefined || log.from !== this.offset || log.bytes.length === 0) return false;
    this.reader.add(log.bytes);
    this.offset += log.bytes.length;
    return true;
  }

  private hasAll({ log }: BackupNodeAnswer): boolean {
    return log === undefined || this.offset >= log.size;
  }

  /** `undefined` for one that was cut off and can be gone on with. */
  private ended(run: NodeRun): NodeRunEnd | undefined {
    if (run.result === undefined) return undefined;
    const log = this.reader.read({ end: true });
    return { request: run.request ?? this.request(), result: run.result, log };
  }

  private async wait(): Promise<void> {
    const { signal } = this.options;
    const quick = this.cancelledAt === undefined ? { signal } : {};
    await setTimeout(this.pause, undefined, quick).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  private request(): NodeRunRequest {
    const { guest, storage, mode, compress, bandwidthLimit, pruneBackups, method, rule } = this.planned;
    return {
      by: 'operator',
      type: guest.type,
      vmid: guest.vmid,
      storage,
      mode,
      compress,
      bwlimit: bandwidthLimit,
      prune: pruneBackups === '' ? '-' : pruneBackups,
      method,
      ...(rule === undefined ? {} : { rule }),
    };
  }

  private subject() {
    const { guest, storage } = this.planned;
    return {
      address: `${guest.node}/${guest.vmid}`,
      node: guest.node,
      vmid: guest.vmid,
      type: guest.type,
      storage,
    };
  }

  private notStarted({ outcome, said }: BackupNodeAnswer): Problem {
    const { address, node, storage } = this.subject();
    const [word, parameter = ''] = outcome;
    if (word === 'busy')
      return new Problem('STORAGE_BUSY', {
        what: `Another backup of ${node} works on ${storage}, and ${address} was not backed up.`,
        state: 'That one goes on; earlier backups are as they were.',
        next: 'Run it again when that one is over.',
      });
    if (word === 'unprepared')
      return new Problem('BACKUP_REFUSED', {
        what: `${node} has no ${parameter}, which a backup needs.`,
        state: 'Nothing was backed up there.',
        next: `Install it on ${node}.`,
      });
    return new Problem('BACKUP_FAILED', {
      what: `${node} could not start the backup of ${address}${said === '' ? '' : `: ${said}`}.`,
      state: 'There is no new backup of it; earlier ones are as they were.',
      next: `See that ${node} has room below /var/lib/sifaka, then run it again.`,
    });
  }

  private lost(): Problem {
    const { address, node } = this.subject();
    return new Problem('BACKUP_FAILED', {
      what: `${node} knows nothing any more of the backup of ${address}.`,
      state: 'Whether there is an archive of it, the storage alone says.',
      next: '`sifaka backups discover` lists what there is; then run it again.',
    });
  }

  private silence(error: unknown): unknown {
    const problem = asProblem(error);
    if (problem === undefined || problem.code === 'CANCELLED' || !problem.code.startsWith('SSH_'))
      return error;
    const { address, node } = this.subject();
    return new Problem(
      'NODE_SILENT',
      {
        what: `${node} was silent for ${patienceMilliseconds / 60_000} minutes while it backed up ${address}: ${problem.data.what}`,
        state: 'What runs there goes on by itself, if the node does.',
        next: 'Run it again: it goes on where it stopped, and nothing is dumped twice.',
      },
      { cause: error },
    );
  }

  private unheard(error: unknown): unknown {
    if (asProblem(error) === undefined) return error;
    const { address, node } = this.subject();
    return new Problem(
      'CANCELLED',
      {
        what: `The backup of ${address} was to be stopped, and ${node} does not answer.`,
        state: `It may still run on ${node}.`,
        next: 'Run it again when the node answers: it goes on where it is.',
      },
      { cause: error },
    );
  }

  private stillStopping(): Problem {
    const { address, node } = this.subject();
    return new Problem('CANCELLED', {
      what: `The backup of ${address} was told to stop, and is still at it.`,
      state: `vzdump ends by itself on ${node}, once it has taken back what it had begun.`,
      next: 'Run it again later: what became of it is said then.',
    });
  }
}

/** The lines that the node's program reads. */
function requestText(request: NodeRunRequest): string {
  return Object.entries(request)
    .map(([key, value]) => `${key} ${key === 'compress' && value === 'none' ? '0' : String(value)}\n`)
    .join('');
}

function isAbort(error: unknown): boolean {
  return asProblem(error)?.code === 'CANCELLED' || (error instanceof Error && error.name === 'AbortError');
}
