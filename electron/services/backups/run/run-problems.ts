import { Problem, type ProblemCode } from '../../../../shared/problem.ts';
import type { NodeRunResult } from '../node/node-answer.ts';
import type { TaskLog } from './task-log.ts';

/** Whose backup did not come about, in words. */
export interface RunSubject {
  /** `baobab/100` */
  readonly address: string;
  readonly node: string;
  readonly vmid: number;
  readonly type: 'qemu' | 'lxc';
  readonly storage: string;
}

const noBackup = 'There is no new backup of it; earlier ones are as they were.';

/** Why a run that has ended made no backup: what vzdump said, and what the node found besides. */
export function whyNotMade(subject: RunSubject, result: NodeRunResult, log: TaskLog): Problem {
  const { address, node, vmid, storage } = subject;
  if (result.state === 'cancelled') return runCancelled(subject, result);
  if (result.reason === 'cut-off') return cutOff(subject);
  if (result.exitCode === 0 && log.started === undefined) return movedSilently(subject);
  const said = [log.failed?.reason, ...log.said.toReversed()].filter((line) => line !== undefined);
  const known = knownReason(subject, said);
  if (known !== undefined) return known;
  if (log.failed !== undefined || (result.exitCode !== undefined && result.exitCode !== 0))
    return new Problem('BACKUP_FAILED', {
      what: `vzdump could not back up ${address}: ${said[0] ?? `it ended with ${result.exitCode} and gave no reason`}.`,
      state: noBackup,
      next: `Look at the newest task of guest ${vmid} on ${node} in Proxmox, then run it again.`,
    });
  return notThere(subject, result, storage);
}

interface KnownReason {
  readonly pattern: RegExp;
  readonly code: ProblemCode;
  readonly what: (subject: RunSubject) => string;
  readonly next: (subject: RunSubject, found: RegExpExecArray) => string;
}

const knownReasons: readonly KnownReason[] = [
  {
    // PVE::AbstractConfig, check_lock.
    pattern: /\b(?:VM|CT) is locked(?: \((\w{1,20})\))?/,
    code: 'GUEST_LOCKED',
    what: ({ address }) => `${address} is locked by something else, and was not backed up.`,
    next: ({ type, vmid }, found) =>
      found[1] === 'backup'
        ? `Wait for the other backup. If none runs, one was cut off: \`${tool(type)} unlock ${vmid}\` on its node, then run it again.`
        : `Wait until that has ended${found[1] === undefined ? '' : ` (it is locked for: ${found[1]})`}, then run it again.`,
  },
  {
    pattern: /no space left|quota exceeded|not enough (?:free )?space|max backup limit/i,
    code: 'STORAGE_FULL',
    what: ({ address, storage }) => `There was no room left on ${storage} for the backup of ${address}.`,
    next: ({ storage }) =>
      `Make room on ${storage}: \`sifaka backups prune --plan\` shows what could go, then run it again.`,
  },
  {
    pattern:
      /could not activate storage|storage '[^']*' (?:does not exist|is not (?:online|available|enabled))|can't use storage|not configured for|read-only file ?system|stale file handle/i,
    code: 'STORAGE_UNUSABLE',
    what: ({ address, storage }) => `The storage ${storage} could not be used for the backup of ${address}.`,
    next: ({ storage, node }) =>
      `See why ${storage} is not there on ${node} (\`pvesm status\`), then run it again.`,
  },
  {
    pattern: /unable to find (?:VM|CT) '?\d+|Configuration file '[^']*' does not exist/,
    code: 'GUEST_UNKNOWN',
    what: ({ address }) => `There is no guest ${address} any more.`,
    next: () => 'Look at what there is: sifaka backups discover',
  },
  {
    pattern: /can't acquire lock '[^']*vzdump/,
    code: 'STORAGE_BUSY',
    what: ({ address, node }) =>
      `Another backup of ${node} did not end in time, and ${address} was not backed up.`,
    next: () => 'Run it again when that one is over.',
  },
];

function knownReason(subject: RunSubject, said: readonly string[]): Problem | undefined {
  for (const { pattern, code, what, next } of knownReasons) {
    for (const line of said) {
      const found = pattern.exec(line);
      if (found === null) continue;
      return new Problem(code, {
        what: `${what(subject)} Proxmox says: ${line}`,
        state: noBackup,
        next: next(subject, found),
      });
    }
  }
  return undefined;
}

/** vzdump was content, and the storage is not. */
function notThere({ address, node }: RunSubject, result: NodeRunResult, storage: string): Problem {
  const [word, size] = result.reason?.split(' ') ?? [];
  if (word === 'changed')
    return new Problem('ARCHIVE_CHANGED', {
      what: `The archive of ${address} changed while it was read.`,
      state: 'It is there, and what is in it is not known.',
      next: 'See what else writes there, then run it again.',
    });
  const why =
    word === 'not-finished'
      ? 'it does not say that it finished the backup'
      : word === 'listed-as'
        ? `${storage} lists the archive with ${size} bytes, and its file has ${result.sizeBytes ?? 'others'}`
        : `${storage} does not list the archive that vzdump says it made`;
  return new Problem('BACKUP_NOT_MADE', {
    what: `vzdump ended on ${node} without a complaint, and there is no backup of ${address}: ${why}.`,
    state: noBackup,
    next: `Look at the storage on ${node} (\`pvesm list ${storage}\`), then run it again.`,
  });
}

export function movedSilently({ address, node, vmid }: RunSubject): Problem {
  return new Problem('GUEST_MOVED', {
    what: `vzdump did nothing on ${node}, and called that a success: guest ${vmid} is on another node by now.`,
    state: `There is no new backup of ${address}.`,
    next: 'Run `sifaka backups discover`, then back it up where it is.',
  });
}

export function cutOff({ address, node, type, vmid }: RunSubject): Problem {
  return new Problem('BACKUP_FAILED', {
    what: `The backup of ${address} was cut off: ${node} went down, or its task was killed.`,
    state: `${noBackup} ${node} takes away what was half written and unlocks the guest, unless another backup runs there; nobody has looked whether it did.`,
    next: `Run it again. If Proxmox still says that it is locked: \`${tool(type)} unlock ${vmid}\` on ${node}.`,
  });
}

function runCancelled({ address, storage }: RunSubject, { archive }: NodeRunResult): Problem {
  return new Problem('CANCELLED', {
    what: `The backup of ${address} was stopped.`,
    state:
      archive === undefined
        ? 'vzdump ended on the node and took back what it had begun; earlier backups are as they were.'
        : `vzdump had finished: ${archive} is on ${storage}, and nobody has read it.`,
    next: 'Run it again when you are ready.',
  });
}

function tool(type: RunSubject['type']): string {
  return type === 'lxc' ? 'pct' : 'qm';
}
