import { asProblem } from '../../../../shared/problem.ts';
import type { AgentState, PlannedAgent } from '../../../../shared/schemas/backup-plans.ts';
import { readNewestManifest } from '../discover/manifest-file.ts';
import type { BackupParts } from '../parts.ts';
import { startAgentCopies, uncopied } from './agent-copies.ts';
import { askAgents } from './agent-facts.ts';
import { keepAgents, readAgentsFile } from './agent-memory.ts';
import { type AgentRequest, agentNodes, createAgentPlans, wantedAgents } from './agent-plans.ts';
import { agentState } from './agent-state.ts';
import { collectFrom } from './collect.ts';
import { keepCollecting } from './schedule.ts';
import { deployAgentJob } from './deploy-agent.ts';

export interface Collection {
  /** Backups that nobody had taken in before. */
  readonly collected: number;
  readonly nodes: AgentState[];
  /** Of the job that makes copies which the agents cannot make. */
  readonly jobId?: string;
}

export interface BackupAgents {
  /** By the nodes' own word, now; kept in backups/agents.json. */
  agents(signal: AbortSignal): Promise<AgentState[]>;
  planAgent(request: AgentRequest, signal: AbortSignal): Promise<PlannedAgent>;
  /** PLAN_CHANGED when it would be another plan by now; AGENT_REFUSED. */
  deployAgent(planDigest: string): Promise<{ jobId: string }>;
  collect(
    request: { readonly nodes?: readonly string[] | undefined },
    signal: AbortSignal,
  ): Promise<Collection>;
  /** Collects every hour, until the signal; bugs go to `failed`. */
  keepCollecting(signal: AbortSignal, failed: (error: unknown) => void): void;
}

export function createBackupAgents(parts: BackupParts): BackupAgents {
  const plans = createAgentPlans(parts);

  async function states(nodes: readonly string[], signal: AbortSignal): Promise<AgentState[]> {
    const ways = await parts.ssh.ways();
    const [wanted, answers] = await Promise.all([
      wantedIfKnown(parts, nodes),
      askAgents(parts.ssh, ways, nodes, signal),
    ]);
    return [...answers].map(([node, answer]) => agentState(node, answer, wanted.get(node)));
  }

  const service: BackupAgents = {
    async agents(signal) {
      const found = await states(await agentNodes(parts, undefined), signal);
      await keepAgents(parts, found);
      return found;
    },
    planAgent: (request, signal) => plans.make(request, signal),
    async deployAgent(planDigest) {
      const confirmed = await plans.confirm(planDigest, new AbortController().signal);
      return { jobId: await parts.jobs.start(await deployAgentJob(parts, confirmed)) };
    },
    async collect(request, signal) {
      const ways = await parts.ssh.ways();
      const nodes = await agentNodes(parts, request.nodes);
      for (const node of nodes) ways.destinations.toNode(node);
      const manifest = await readNewestManifest(parts.lab, parts.clock.now());
      const before = (await readAgentsFile(parts.lab))?.collected ?? {};
      const found = await states(nodes, signal);
      let collected = 0;
      const last: Record<string, string> = {};
      const named: AgentState[] = [];
      // One after the other: all of them write the same files of the lab.
      for (const state of found) {
        const { node } = state;
        if (state.state === 'silent') {
          named.push(state);
          continue;
        }
        try {
          const taken = await collectFrom(parts, ways, { node, after: before[node], manifest }, signal);
          collected += taken.backups;
          if (taken.last !== undefined) last[node] = taken.last;
          named.push(state);
        } catch (error) {
          const problem = asProblem(error);
          if (problem === undefined || !problem.code.startsWith('SSH_')) throw error;
          named.push({ ...state, problem: problem.toRecord() });
        }
      }
      await keepAgents(parts, named, last);
      const jobId = await copiesBegun(parts);
      return { collected, nodes: named, ...(jobId === undefined ? {} : { jobId }) };
    },
    keepCollecting(signal, failed) {
      const { lab, clock } = parts;
      keepCollecting({ lab, clock, collect: (still) => service.collect({}, still) }, signal, failed);
    },
  };
  return service;
}

/** `undefined` when there is nothing to copy, or another process is at it. */
async function copiesBegun(parts: BackupParts): Promise<string | undefined> {
  const records = await uncopied(parts);
  if (records.length === 0) return undefined;
  try {
    return await startAgentCopies(parts, records);
  } catch (error) {
    if (asProblem(error)?.code !== 'TARGET_IN_USE') throw error;
    return undefined;
  }
}

/** Without a policy, or before a discovery, nobody knows what an agent shall be; what is there can be told all the same. */
async function wantedIfKnown(parts: BackupParts, nodes: readonly string[]): ReturnType<typeof wantedAgents> {
  const known: Awaited<ReturnType<typeof wantedAgents>> = new Map();
  for (const node of nodes) {
    try {
      const wanted = (await wantedAgents(parts, [node])).get(node);
      if (wanted !== undefined) known.set(node, wanted);
    } catch (error) {
      if (asProblem(error) === undefined) throw error;
    }
  }
  return known;
}
