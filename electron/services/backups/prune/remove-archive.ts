import { Problem, type ProblemCode } from '../../../../shared/problem.ts';
import type { Archive } from '../../../../shared/schemas/backup-manifest.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import { shellScript } from '../../ssh/run-command.ts';
import type { Ways } from '../../ssh/ssh.ts';
import type { BackupParts } from '../parts.ts';
import { openedElsewhereScript, removeArchiveScript, removeExportScript } from './removal-scripts.ts';

/** Two lists of a storage, and a large file on a slow NAS. */
const limits = { milliseconds: 300_000, bytes: 64 * 1024 };

export interface RemovalOnNode {
  readonly archive: Archive;
  /** Other nodes that answered and have the same storage. */
  readonly others: readonly string[];
}

/**
 * Removes one archive from a storage, if it still is what was planned and nobody reads it, and looks whether it is gone. It is
 * not ended in the middle. ARCHIVE_GONE, ARCHIVE_CHANGED, ARCHIVE_PROTECTED, TARGET_IN_USE, STORAGE_UNUSABLE, PRUNE_FAILED,
 * and the problems of `Ssh.run`.
 */
export async function removeOnNode(
  parts: Pick<BackupParts, 'ssh'>,
  ways: Ways,
  { archive, others }: RemovalOnNode,
): Promise<void> {
  const { node, name, volid, vmid, sizeBytes, place, method } = archive;
  const store = place.slice(place.lastIndexOf('/') + 1).replace(/^storage:/, '');
  if (node === undefined || vmid === undefined) throw changed(archive);
  if (method === 'export') {
    const answer = await ask(parts, ways, node, removeExportScript, [store, name, String(sizeBytes)]);
    return understand(archive, node, answer);
  }
  // What else could it be that would be removed?
  if (volid === undefined || !volid.startsWith(`${store}:`) || !volid.endsWith(`/${name}`))
    throw changed(archive);
  const elsewhere = await Promise.all(
    others.map(async (other) => ({
      other,
      // It answered a moment ago. That its sshd is silent now does not say that nothing restores from there.
      answer: await ask(parts, ways, other, openedElsewhereScript, [volid]).catch(() => 'silent'),
    })),
  );
  const reader = elsewhere.find(({ answer }) => answer === 'in-use' || answer === 'silent');
  if (reader !== undefined)
    throw reader.answer === 'silent' ? unasked(archive, reader.other) : inUse(archive, reader.other);
  const parameters = [store, volid, name, String(sizeBytes), String(vmid)];
  understand(archive, node, await ask(parts, ways, node, removeArchiveScript, parameters));
}

async function ask(
  { ssh }: Pick<BackupParts, 'ssh'>,
  { destinations }: Ways,
  node: string,
  script: string,
  parameters: readonly string[],
): Promise<string> {
  const { stdout } = await ssh.run(destinations.toNode(node), shellScript(script, ...parameters), {
    signal: new AbortController().signal,
    limits,
  });
  const lines = stdout.toString('latin1').split('\n');
  const answer = lines.find((line) => line.startsWith('removal '));
  return lines.at(-2) === 'end' && answer !== undefined ? answer.slice('removal '.length) : 'nothing';
}

function understand(archive: Archive, node: string, answer: string): void {
  const [word, said = ''] = answer.split(' ');
  if (word === 'removed') return;
  if (word === 'changed') throw changed(archive);
  if (word === 'in-use') throw inUse(archive, node);
  const { name } = archive;
  if (word === 'gone')
    throw removalProblem('ARCHIVE_GONE', {
      what: `${name} is not there any more: somebody else has removed it.`,
      next: 'Look at what is there now: sifaka backups discover',
    });
  if (word === 'protected')
    throw removalProblem('ARCHIVE_PROTECTED', {
      what: `${name} was protected since the plan was made.`,
      next: 'Leave it, or take its protection away in Proxmox and plan again.',
    });
  if (word === 'unreachable')
    throw removalProblem('STORAGE_UNUSABLE', {
      what: `${node} does not say where ${name} is: its storage is not active there.`,
      next: `See on ${node} what pvesm status says, then plan again.`,
    });
  const words = onOneLine(Buffer.from(said, 'base64').toString('utf8'), 300);
  throw new Problem('PRUNE_FAILED', {
    what: `${name} could not be removed on ${node}${words === '' ? '' : `: ${words}`}`,
    state: word === 'failed' ? 'It is still there.' : 'Whether it is still there is not known.',
    next: `See on ${node} why, then prune again.`,
  });
}

export function changed({ name }: Pick<Archive, 'name'>): Problem {
  return removalProblem('ARCHIVE_CHANGED', {
    what: `${name} is another one than was planned to be removed.`,
    next: 'Plan again and review it: sifaka backups prune --plan',
  });
}

function inUse({ name }: Archive, node: string): Problem {
  return removalProblem('TARGET_IN_USE', {
    what: `${name} is being read on ${node}.`,
    next: 'Prune again once what reads it has ended.',
  });
}

function unasked({ name }: Archive, node: string): Problem {
  return removalProblem('TARGET_IN_USE', {
    what: `Whether ${name} is being read on ${node} is not known: it stopped answering.`,
    next: `Prune again once ${node} answers, or is off and a new plan leaves it out.`,
  });
}

export function removalProblem(code: ProblemCode, { what, next }: { what: string; next: string }): Problem {
  return new Problem(code, { what, state: 'It was not removed.', next });
}
