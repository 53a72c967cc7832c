import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { type AgentLine, type AgentOnNode, agentState } from './agent-on-node.ts';

/**
 * What is killed with signal 9: the agent alone; what runs the backup (Sifaka's part); vzdump; all of them at once; or the
 * whole node loses its power.
 */
export const agentVictims = ['agent', 'runner', 'vzdump', 'all', 'power'] as const;
export type AgentVictim = (typeof agentVictims)[number];

/** Of a process of the node: patterns of its command line, none of which is in the one that looks for it. */
const commandLines: Readonly<Record<Exclude<AgentVictim, 'power'>, string>> = {
  agent: '[b]ackup-agent run',
  runner: '[p]erform ',
  vzdump: '[v]zdump[ :]',
  all: '[b]ackup-agent run|[p]erform |[v]zdump[ :]',
};

/** Starts a look, kills after so many milliseconds, and resolves when nothing of the look runs any more or it was too late. */
export async function killInTheMiddle(
  agent: AgentOnNode,
  { victim, milliseconds }: { readonly victim: AgentVictim; readonly milliseconds: number },
): Promise<void> {
  const look = agent.run().catch(() => undefined);
  await Promise.race([setTimeout(milliseconds), look]);
  if (victim === 'power') await agent.node.reboot();
  else await agent.node.exec(['pkill', '-KILL', '-f', commandLines[victim]]);
  await look;
}

/** What is on the storage: whole archives by name with their sizes, and everything else that a backup leaves. */
export interface Dumped {
  readonly archives: ReadonlyMap<string, number>;
  readonly partial: readonly string[];
}

export function dumpedOn({ node }: AgentOnNode, folder = '/mnt/pve/nas/dump'): Dumped {
  const names = node.list(folder);
  const whole = names.filter((name) => /^vzdump-.*\.(?:vma|tar)\.zst$/.test(name));
  return {
    archives: new Map(whole.map((name) => [name, node.readBytes(`${folder}/${name}`).length])),
    partial: names.filter((name) => /\.(?:dat|tmp|partial)$/.test(name)),
  };
}

/**
 * Lets the agent look again until nothing is left to do, and says what is wrong then; nothing when all that must hold does:
 * every archive that was there before still is, each backup that is called done is there with its digest, every guest has
 * one, nothing half written is left, and nobody is locked out.
 */
export async function wrongAfterwards(
  agent: AgentOnNode,
  before: Dumped,
  guests: readonly string[],
): Promise<string[]> {
  const wrong: string[] = [];
  for (let look = 0; look < 4; look += 1) {
    const { code, stderr } = await agent.run();
    if (code !== 0 && code !== 1) wrong.push(`a look ended with ${code}: ${stderr}`);
    if (stderr.includes('another agent')) wrong.push('the lock was left');
    if (code === 0 && wrong.length === 0) break;
  }
  const after = dumpedOn(agent);
  for (const [name, size] of before.archives)
    if (after.archives.get(name) !== size) wrong.push(`${name} is lost`);
  for (const name of after.partial) wrong.push(`${name} is left`);
  const done = agent.backups().filter(({ outcome }) => outcome === 'done');
  const ids = new Set(done.map(({ id }) => id));
  for (const id of ids)
    wrong.push(
      ...wrongArchive(
        agent,
        done.find((line) => line.id === id),
      ),
    );
  for (const guest of guests)
    if (!done.some((line) => line['guest'] === guest)) wrong.push(`${guest} has no backup`);
  if (agent.node.exists(`${agentState}/agent/lock`)) wrong.push('the lock is there still');
  return wrong;
}

function wrongArchive({ node }: AgentOnNode, line: AgentLine | undefined): string[] {
  const result = Buffer.from(line?.result ?? '', 'base64').toString('utf8');
  const [, size, digest, name] = /^file (\d+) ([0-9a-f]{64}) (\S+)$/m.exec(result) ?? [];
  const file = `/mnt/pve/nas/dump/${name}`;
  if (name === undefined || !node.exists(file))
    return [`${name ?? 'an archive'} is called done and is not there`];
  const bytes = node.readBytes(file);
  const isSame = createHash('sha256').update(bytes).digest('hex') === digest && bytes.length === Number(size);
  return isSame ? [] : [`${name} is not what was read of it`];
}
