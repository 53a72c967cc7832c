import { Problem } from '../../../../shared/problem.ts';
import type { ManifestNode } from '../../../../shared/schemas/backup-manifest.ts';
import type { AgentPlan, PlannedAgent } from '../../../../shared/schemas/backup-plans.ts';
import { manifestLimit, newestManifestFile, parseManifest } from '../../lab/backup-files.ts';
import type { LabFolder } from '../../lab/lab-folder.ts';
import { createRecentPlans } from '../../recent-plans.ts';
import { digestOfValue } from '../../value-digest.ts';
import { readNewestManifest } from '../discover/manifest-file.ts';
import type { BackupParts } from '../parts.ts';
import { definedTargets, targetsSetUp } from '../targets/lab-targets.ts';
import { agentConfig } from './agent-config.ts';
import { askAgents } from './agent-facts.ts';
import { agentFiles } from './agent-files.ts';
import { readAgentProgram } from './agent-program.ts';
import { type AskedAgent, planAgent } from './plan-agent.ts';

export interface AgentRequest {
  readonly nodes?: readonly string[] | undefined;
  readonly remove: boolean;
}

/** A plan that may be run, and what it was made from just now. */
export interface ConfirmedAgentPlan {
  readonly plan: AgentPlan;
  readonly digest: string;
  readonly asked: readonly AskedAgent[];
  readonly request: AgentRequest;
}

export interface AgentPlans {
  make(request: AgentRequest, signal: AbortSignal): Promise<PlannedAgent>;
  /** The plan of this digest, made again: PLAN_CHANGED when it would be another one by now; AGENT_REFUSED. */
  confirm(digest: string, signal: AbortSignal): Promise<ConfirmedAgentPlan>;
}

type Parts = Pick<BackupParts, 'lab' | 'ssh' | 'clock' | 'resources' | 'version'>;

export function createAgentPlans(parts: Parts): AgentPlans {
  const recent = createRecentPlans<AgentRequest>(parts.clock);
  async function planned(request: AgentRequest, signal: AbortSignal): Promise<ConfirmedAgentPlan> {
    const asked = await gatherAgents(parts, request, signal);
    const plan = planAgent(asked);
    return { plan, digest: digestOfValue(plan), asked, request };
  }
  return {
    async make(request, signal) {
      const { plan, digest } = await planned(request, signal);
      recent.remember(digest, request);
      return { plan, digest };
    },
    async confirm(digest, signal) {
      const request = recent.recall(digest);
      if (request === undefined)
        throw planChanged('There is no such plan, or it was made more than an hour ago.');
      const confirmed = await planned(request, signal);
      if (confirmed.digest !== digest)
        throw planChanged(
          'The policy, the manifest or a node is not what it was when the plan was reviewed.',
        );
      const refusals = confirmed.plan.nodes.flatMap(({ refusal }) => refusal ?? []);
      const [first, ...more] = refusals;
      if (first !== undefined)
        throw new Problem('AGENT_REFUSED', {
          ...first,
          more: more.map(({ what, next }) => `${what} ${next}`).slice(0, 20),
        });
      return confirmed;
    },
  };
}

/** The files that each node's agent shall have. POLICY_MISSING; AGENT_REFUSED before the first discovery. */
export async function wantedAgents(
  { lab, clock, resources, version }: Pick<Parts, 'lab' | 'clock' | 'resources' | 'version'>,
  nodes: readonly string[],
): Promise<Map<string, ReturnType<typeof agentFiles>>> {
  const policy = (await lab.backupPolicy())?.value;
  if (policy === undefined)
    throw new Problem('POLICY_MISSING', {
      what: 'The lab has no backups/policy.yaml: nobody has said what is to be backed up.',
      state: 'Nothing was changed on any node.',
      next: 'Write one; the guide “Back up a guest” has an example.',
    });
  const seen = await nodesSeen(lab, nodes, clock.now());
  const program = await readAgentProgram(resources);
  const [targets, setUp] = await Promise.all([definedTargets(lab), targetsSetUp(lab)]);
  return new Map(
    nodes.map((name) => {
      const node = seen.get(name);
      if (node === undefined)
        throw new Problem('AGENT_REFUSED', {
          what: `No discovery has seen ${name} yet: its cluster and its storages are not known.`,
          state: 'Nothing was changed on any node.',
          next: 'Run `sifaka backups discover`, then plan again.',
        });
      const config = agentConfig({ policy, node, targets, labId: setUp?.lab, version });
      return [name, agentFiles(policy, program, config)];
    }),
  );
}

/** More are not looked into for a node that was silent since. */
const manifestsLookedInto = 4;

/** Each node as the newest discovery that it answered has it: one that is silent now is what it was. */
async function nodesSeen(
  lab: LabFolder,
  nodes: readonly string[],
  now: Date,
): Promise<Map<string, ManifestNode>> {
  const seen = new Map<string, ManifestNode>();
  let day = now;
  for (let round = 0; round < manifestsLookedInto && nodes.some((node) => !seen.has(node)); round += 1) {
    const file = await newestManifestFile(lab, day);
    if (file === undefined) break;
    const manifest = parseManifest(file, await lab.readBytes(file, manifestLimit));
    for (const node of manifest.nodes)
      if (node.state === 'answered' && !seen.has(node.node)) seen.set(node.node, node);
    // The newest one before it: that function answers what is no later than a day after.
    day = new Date(Date.parse(/\d{4}-\d{2}-\d{2}/.exec(file)?.[0] ?? '') - 2 * 24 * 60 * 60 * 1000);
  }
  return seen;
}

async function gatherAgents(parts: Parts, request: AgentRequest, signal: AbortSignal): Promise<AskedAgent[]> {
  const ways = await parts.ssh.ways();
  const nodes = await agentNodes(parts, request.nodes);
  // A name that the cluster file does not have is said before anybody is asked.
  for (const node of nodes) ways.destinations.toNode(node);
  const wanted = request.remove ? undefined : await wantedAgents(parts, nodes);
  const answers = await askAgents(parts.ssh, ways, nodes, signal);
  return nodes.flatMap((node) => {
    const answer = answers.get(node);
    return answer === undefined ? [] : [{ node, answer, wanted: wanted?.get(node) ?? [] }];
  });
}

/** Those that were named, else all of the cluster file that the newest manifest does not say to be without Proxmox. */
export async function agentNodes(
  { lab, ssh, clock }: Pick<Parts, 'lab' | 'ssh' | 'clock'>,
  named: readonly string[] | undefined,
): Promise<string[]> {
  if (named !== undefined) return [...new Set(named)];
  const { members } = await ssh.ways();
  const manifest = await readNewestManifest(lab, clock.now());
  const others = new Set(
    manifest?.nodes.filter(({ state }) => state === 'not-proxmox').map(({ node }) => node),
  );
  return members.map(({ name }) => name).filter((name) => !others.has(name));
}

function planChanged(what: string): Problem {
  return new Problem('PLAN_CHANGED', {
    what,
    state: 'Nothing was changed on any node.',
    next: 'Plan the deploy again and review it.',
  });
}
