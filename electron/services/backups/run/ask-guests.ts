import { asProblem, Problem, type ProblemRecord } from '../../../../shared/problem.ts';
import { shellScript } from '../../ssh/run-command.ts';
import type { Ways } from '../../ssh/ssh.ts';
import { askBackupNode } from '../node/ask-node.ts';
import type { NodeRun } from '../node/node-answer.ts';
import type { BackupParts } from '../parts.ts';
import { guestScript } from './guest-scripts.ts';
import {
  clusterNameOf,
  type GuestConfig,
  guestConfigOf,
  type GuestRow,
  guestRowsOf,
  type StorageRow,
  storageRowsOf,
} from './pve-rows.ts';

/** One node as it is now, as far as backups are concerned. */
export interface NodeFacts {
  readonly node: string;
  /** What it calls itself; guests and other nodes of its cluster are known by such names. */
  readonly host: string;
  /** The name of its Proxmox cluster, or its own when it is in none. */
  readonly pveCluster: string;
  /** Of all nodes of its cluster. */
  readonly guests: readonly GuestRow[];
  readonly storages: readonly StorageRow[];
  /** Rows of these two lists that could not be read: what is not found may be one of them. */
  readonly unread: { readonly guests: number; readonly storages: number };
  readonly missingTools: readonly string[];
  /** Of its own guests that were asked for. */
  readonly configs: ReadonlyMap<number, GuestConfig>;
  /** Backups that were started here and that it still knows, whether they run or not. */
  readonly runs: readonly NodeRun[];
}

export type AskedNode =
  | { readonly node: string; readonly facts: NodeFacts }
  | { readonly node: string; readonly problem: ProblemRecord };

const limits = { milliseconds: 60_000, bytes: 24 * 1024 * 1024 };

/** Asks one node. That it does not answer, or has no Proxmox, is an answer; CANCELLED is thrown. */
export async function askGuests(
  { ssh }: Pick<BackupParts, 'ssh'>,
  { destinations }: Ways,
  { node, vmids, program }: { node: string; vmids: readonly number[]; program: string },
  signal: AbortSignal,
): Promise<AskedNode> {
  try {
    const destination = destinations.toNode(node);
    const [answer, listed] = await Promise.all([
      ssh.run(destination, shellScript(guestScript, ...vmids.map(String)), { signal, limits }),
      askBackupNode({ ssh, node, destination, program }, ['list'], { signal }),
    ]);
    const facts = answer.code === 0 ? factsIn(node, answer.stdout, listed.runs) : undefined;
    if (facts === undefined) throw answerInvalid(node);
    return { node, facts };
  } catch (error) {
    const problem = asProblem(error);
    if (problem === undefined || problem.code === 'CANCELLED') throw error;
    return { node, problem: asGap(node, problem) };
  }
}

/** Exported for its tests. `undefined` when it is not the whole answer of the script. NOT_PROXMOX. */
export function factsIn(node: string, output: Buffer, runs: readonly NodeRun[]): NodeFacts | undefined {
  const lines = output.toString('latin1').split('\n');
  if (lines[0] !== 'sifaka-backup-guests/1' || lines.at(-2) !== 'end') return undefined;
  if (lines.includes('not-proxmox')) throw notProxmox(node);
  const texts = (word: string) =>
    lines
      .filter((line) => line.startsWith(`${word} `))
      .map((line) => Buffer.from(line.slice(word.length + 1), 'base64').toString('utf8'));
  const [host = ''] = texts('host');
  const guests = guestRowsOf(texts('guests')[0] ?? '');
  const storages = storageRowsOf(texts('storages')[0] ?? '');
  if (!/^[A-Za-z0-9-]{1,63}$/.test(host) || guests === undefined || storages === undefined) return undefined;
  const configs = texts('config').flatMap((text) => {
    const config = guestConfigOf(text);
    return config === undefined ? [] : [[config.vmid, config] as const];
  });
  return {
    node,
    host,
    pveCluster: clusterNameOf(texts('cluster')[0] ?? '') ?? node,
    guests: guests.rows,
    storages: storages.rows,
    unread: { guests: guests.unread, storages: storages.unread },
    missingTools: texts('missing').map((tool) => tool.slice(0, 20)),
    configs: new Map(configs),
    runs,
  };
}

export function notProxmox(node: string): Problem {
  return new Problem('NOT_PROXMOX', {
    what: `${node} answers, and there is no Proxmox VE on it.`,
    state: 'Nothing was changed there.',
    next: 'Back up the guests of Proxmox nodes; what else runs there is backed up by other means.',
  });
}

function answerInvalid(node: string): Problem {
  return new Problem('PVE_ANSWER_INVALID', {
    what: `${node} did not say which guests and storages it has.`,
    state: 'Nothing was changed there.',
    next: `See what \`pvesh get /cluster/resources\` says on ${node}; its pve-cluster service may be down.`,
  });
}

/** Of whatever kept a node from answering one thing is known: it was silent. */
function asGap(node: string, problem: Problem): ProblemRecord {
  const { code, data } = problem;
  if (!code.startsWith('SSH_') && code !== 'NODE_ANSWER_INVALID') return problem.toRecord();
  return {
    ...data,
    code: 'NODE_SILENT',
    what: `${node} does not answer: ${data.what}`,
    state: 'What its guests are like is not known, and none of them is backed up.',
  };
}
