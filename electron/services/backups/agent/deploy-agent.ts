import { setTimeout } from 'node:timers/promises';
import { asProblem, cancelled, Problem } from '../../../../shared/problem.ts';
import type { AgentState } from '../../../../shared/schemas/backup-plans.ts';
import type { StepDefinition } from '../../../../shared/progress.ts';
import type { JobReporter, JobRequest } from '../../jobs/job-registry.ts';
import { DeployLanes } from '../../node-deploy/deploy-lanes.ts';
import {
  applyNode,
  armNode,
  type ChangingNode,
  confirmNode,
  type NodeEnd,
  type NodeWork,
  takeBack,
} from '../../node-deploy/deploy-node.ts';
import { readNodeProgram } from '../../node-deploy/node-program.ts';
import { operatorName } from '../../node-deploy/operator-name.ts';
import type { BackupParts } from '../parts.ts';
import { type AgentFacts, askAgent } from './agent-facts.ts';
import { keepAgents } from './agent-memory.ts';
import type { ConfirmedAgentPlan } from './agent-plans.ts';
import { agentState, isAsWanted } from './agent-state.ts';
import { agentDeployParts, agentWords } from './agent-words.ts';
import { type AskedAgent, fileChanges } from './plan-agent.ts';

type Parts = Pick<BackupParts, 'lab' | 'ssh' | 'jobs' | 'clock' | 'resources'>;

/** Nothing of an agent cuts a connection: what is not confirmed by then never will be. */
const windowSeconds = 120;
/** Of the window, what the confirmations have at the least. */
const reserveMilliseconds = 20_000;
const pauseMilliseconds = 500;
/** An agent that is in order says so in a second or two; one that asks a slow Proxmox, in less than this. */
const provingMilliseconds = 60_000;

const steps: readonly StepDefinition[] = [
  { id: 'arm', label: 'Arming the nodes to go back by themselves', unit: 'steps', weight: 2 },
  { id: 'apply', label: 'Putting the agent in place', unit: 'steps', weight: 3 },
  { id: 'verify', label: 'Proving that it answers and has its timer', unit: 'steps', weight: 2 },
  { id: 'confirm', label: 'Confirming on every node', unit: 'steps', weight: 1 },
];

/** The job that puts the agent on all nodes of a confirmed plan, or on none. DEPLOY_REFUSED without the nodes' program. */
export async function deployAgentJob(parts: Parts, confirmed: ConfirmedAgentPlan): Promise<JobRequest> {
  const { plan, digest, request } = confirmed;
  const program = await readNodeProgram(parts.resources, agentDeployParts);
  const changed = plan.nodes.filter(({ action }) => action !== 'nothing').map(({ node }) => node);
  const where = changed.length === 0 ? 'no node' : changed.join(', ');
  return {
    kind: 'backup-agent-deploy',
    title: request.remove ? `Remove the backup agent from ${where}` : `Deploy the backup agent to ${where}`,
    subject: `${parts.lab.root}#backup-agent`,
    planDigest: digest,
    ifCutOff: `Every node goes back by itself, ${windowSeconds} s after it was armed or when it boots, unless it was confirmed. How they stand: ${agentWords.look}`,
    steps,
    run: async ({ jobId, signal, report }) => {
      const run = new AgentDeploy(parts, confirmed, { program, deploy: jobId, signal, report });
      return { kind: 'backup-agent-deploy', nodes: await run.toItsEnd(changed) };
    },
  };
}

interface RunOptions {
  readonly program: string;
  /** The job's id. */
  readonly deploy: string;
  /** Cancelling is "take it back", until the first confirmation is sent. */
  readonly signal: AbortSignal;
  readonly report: JobReporter;
}

class AgentDeploy {
  private readonly parts: Parts;
  private readonly confirmed: ConfirmedAgentPlan;
  private readonly options: RunOptions;
  private readonly lanes: DeployLanes;
  private readonly work: NodeWork;

  constructor(parts: Parts, confirmed: ConfirmedAgentPlan, options: RunOptions) {
    this.parts = parts;
    this.confirmed = confirmed;
    this.options = options;
    this.lanes = new DeployLanes(
      confirmed.plan.nodes.map(({ node }) => node),
      options.report,
    );
    const now = () => parts.clock.now();
    this.work = { deploy: options.deploy, windowSeconds, lanes: this.lanes, now };
  }

  /** DEPLOY_ROLLED_BACK, DEPLOY_SPLIT, CANCELLED, and what keeps a node from being armed. */
  async toItsEnd(changed: readonly string[]): Promise<AgentState[]> {
    const { asked } = this.confirmed;
    for (const { node } of asked)
      if (!changed.includes(node)) this.lanes.set(node, 'done', 'has all of it already');
    const agents = asked.filter(({ node }) => changed.includes(node));
    const nodes = await this.nodesToChange(agents);
    try {
      await this.together('arm', nodes, (node, signal) => armNode(node, this.work, signal));
      const until = Math.min(...nodes.map((node) => node.until)) - reserveMilliseconds;
      await this.together('apply', nodes, (node, signal) => applyNode(node, this.work, { until, signal }));
      await this.together('verify', nodes, (node, signal) => this.proven(node, agents, until, signal));
      if (this.options.signal.aborted) throw cancelled('');
    } catch (error) {
      throw await this.takeAllBack(nodes, error);
    }
    await this.confirmAll(nodes);
    const states = await this.states();
    await this.keep(states);
    return states;
  }

  private async nodesToChange(agents: readonly AskedAgent[]): Promise<ChangingNode[]> {
    const { ssh } = this.parts;
    const { destinations } = await ssh.ways();
    return agents.map(({ node, answer, wanted }) => {
      if (!('facts' in answer)) throw new Error('a node that did not answer is refused');
      return {
        asked: {
          ssh,
          node,
          destination: destinations.toNode(node),
          program: this.options.program,
          words: agentWords,
        },
        payload: {
          program: this.options.program,
          who: operatorName(),
          design: this.confirmed.request.remove ? 'no-agent' : 'agent',
          sourceDigest: this.confirmed.digest,
          links: [],
          files: fileChanges(answer.facts, wanted),
        },
        until: 0,
        mayBeArmed: false,
      };
    });
  }

  /** The files as they shall be, its unit loaded, its timer running with a next time, and itself with an answer. */
  private async proven(
    { asked: { node } }: ChangingNode,
    agents: readonly AskedAgent[],
    latest: number,
    signal: AbortSignal,
  ): Promise<void> {
    this.lanes.set(node, 'armed', 'is being asked how its agent is');
    const wanted = agents.find((agent) => agent.node === node)?.wanted ?? [];
    const until = Math.min(latest, performance.now() + provingMilliseconds);
    for (;;) {
      const answer = await askAgent(this.parts.ssh, await this.parts.ssh.ways(), node, signal);
      const isArmed = !('facts' in answer) || answer.facts.armed === this.options.deploy;
      const wrong = !isArmed
        ? 'it took the deploy back by itself'
        : 'facts' in answer
          ? whatIsWrong(answer.facts, wanted)
          : answer.problem.what;
      if (wrong === undefined) break;
      if (!isArmed || performance.now() + pauseMilliseconds >= until)
        throw new Problem('DEPLOY_ROLLED_BACK', {
          what: `The agent on ${node} was not proven in time: ${wrong}.`,
          state: 'It is taken back on all nodes.',
          next: `Look at it on ${node}: systemctl status sifaka-backup-agent.timer`,
        });
      await setTimeout(pauseMilliseconds, undefined, { signal });
    }
    this.lanes.set(node, 'proven', 'has the new state, which is proven; it is not confirmed yet');
  }

  /** The first that fails stops the others; all of them have stopped when it is told. */
  private async together(
    step: string,
    nodes: readonly ChangingNode[],
    work: (node: ChangingNode, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    this.lanes.begin(step, nodes.length);
    const stop = new AbortController();
    const both = AbortSignal.any([this.options.signal, stop.signal]);
    const works = nodes.map(async (node) => {
      await work(node, both);
      this.lanes.advance();
    });
    try {
      await Promise.all(works);
    } finally {
      stop.abort();
      await Promise.allSettled(works);
    }
  }

  /** Answers what the job ends with. */
  private async takeAllBack(nodes: readonly ChangingNode[], why: unknown): Promise<unknown> {
    const problem = this.options.signal.aborted ? cancelled('') : asProblem(why);
    this.options.report.note(`Everything is taken back. ${problem?.data.what ?? 'Sifaka made a mistake.'}`);
    const ends = await Promise.all(nodes.map((node) => takeBack(node, this.work)));
    if (problem === undefined) return why;
    const state = standing(nodes, ends);
    if (problem.code === 'CANCELLED') return cancelled(state);
    return new Problem(problem.code, { ...problem.data, state }, { cause: why });
  }

  private async confirmAll(nodes: readonly ChangingNode[]): Promise<void> {
    this.lanes.begin('confirm', nodes.length);
    const ends = await Promise.all(
      nodes.map(async (node) => {
        const end = await confirmNode(node, this.work);
        this.lanes.advance();
        return end;
      }),
    );
    await this.note(nodes, ends);
    if (ends.every((end) => end === 'new')) return;
    const isBack = ends.every((end) => end === 'old');
    throw new Problem(isBack ? 'DEPLOY_ROLLED_BACK' : 'DEPLOY_SPLIT', {
      what: isBack
        ? 'No node was confirmed in time: the agent was taken back.'
        : 'The agent is on some nodes, and others took it back or do not answer.',
      state: standing(nodes, ends),
      next: 'Deploy again: a node that has all of it already is left as it is.',
    });
  }

  /** A lab that cannot be written does not undo what is on the nodes: the job says so instead. */
  private async note(nodes: readonly ChangingNode[], ends: readonly NodeEnd[]): Promise<void> {
    const names = nodes.map(({ asked }) => asked.node);
    if (names.length === 0) return;
    const what = this.confirmed.request.remove ? 'removed from' : 'deployed to';
    try {
      await this.parts.lab.appendToLogbook({
        project: 'backups',
        summary: `Backup agent ${what} ${names.join(', ')}`,
        details: [standing(nodes, ends), `Plan ${this.confirmed.digest}`, `Deploy ${this.options.deploy}`],
        affectedResources: names,
      });
    } catch (error) {
      const problem = asProblem(error);
      if (problem === undefined) throw error;
      this.options.report.note(`The logbook was not written: ${problem.data.what} ${problem.data.next}`);
    }
  }

  /** For the dashboard, and for who collects; the nodes are deployed all the same when it cannot be written. */
  private async keep(states: readonly AgentState[]): Promise<void> {
    try {
      await keepAgents(this.parts, states);
    } catch (error) {
      const problem = asProblem(error);
      if (problem === undefined) throw error;
      this.options.report.note(`What the agents say was not kept: ${problem.data.what}`);
    }
  }

  private async states(): Promise<AgentState[]> {
    const ways = await this.parts.ssh.ways();
    const { signal } = new AbortController();
    const { asked } = this.confirmed;
    return Promise.all(
      asked.map(async ({ node, wanted }) =>
        agentState(node, await askAgent(this.parts.ssh, ways, node, signal), wanted),
      ),
    );
  }
}

/** In words; `undefined` when all is as it shall be. */
function whatIsWrong(facts: AgentFacts, wanted: AskedAgent['wanted']): string | undefined {
  const { timer, service, check } = facts;
  if (wanted.length === 0) {
    if ([...facts.files.values()].some(({ kind }) => kind !== 'absent'))
      return 'some of its files are there still';
    return timer.active ? 'its timer runs still' : undefined;
  }
  const file = wanted.find((one) => !isAsWanted(facts, one));
  if (file !== undefined) return `${file.path} is not what it shall be`;
  if (!service.loaded) return 'systemd does not know its service';
  if (!timer.loaded || !timer.active || timer.next === undefined) return 'its timer has no next time';
  const older = facts.older.find(({ enabled, active }) => enabled || active);
  if (older !== undefined) return `${older.unit}, of an older agent, runs or would start still`;
  if (check === undefined) return 'the agent does not answer';
  if (!check.valid) return 'the agent does not take its configuration';
  return check.guests === undefined ? 'the agent cannot tell which guests there are' : undefined;
}

function standing(nodes: readonly ChangingNode[], ends: readonly NodeEnd[]): string {
  const words: readonly (readonly [NodeEnd, string])[] = [
    ['new', 'on the new state'],
    ['old', 'on the old state'],
    ['unknown', 'not known: they did not answer any more'],
  ];
  return words
    .flatMap(([end, word]) => {
      const names = nodes.filter((_, index) => ends[index] === end).map(({ asked }) => asked.node);
      return names.length === 0 ? [] : [`${names.join(', ')}: ${word}.`];
    })
    .join(' ');
}
