import { asProblem, cancelled, Problem } from '../../../../shared/problem.ts';
import type { BridgeCheck, DeployRecord, DeploySummary } from '../../../../shared/schemas/bridge.ts';
import type { BridgeServiceParts } from '../bridge-service.ts';
import { systemErrorCode } from '../../durable/system-error.ts';
import type { JobReporter } from '../../jobs/job-registry.ts';
import type { AskedNode } from '../plan/bridge-facts.ts';
import type { ConfirmedPlan } from '../plan/bridge-plans.ts';
import { isChanged } from '../plan/refusals.ts';
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
import { bridgeWords } from './bridge-words.ts';
import { notInOrder, rolledBack, split } from './deploy-problems.ts';
import { summaryOf, writeDeployRecord } from './deploy-records.ts';
import { noteDeploy } from './deploy-logbook.ts';
import { foundAndLeft, payloadFor } from './node-change.ts';
import { settleSource } from './settle-source.ts';
import { verifyDeploy, verifyNodes } from './verify-deploy.ts';

/** Where nothing changes STP has settled long ago; a check or two are enough. */
const settledMilliseconds = 15_000;

interface RunOptions {
  readonly program: string;
  readonly who: string;
  /** The job's id, and so the record's. */
  readonly deploy: string;
  /** Cancelling is "roll back now", until the first confirmation is sent. */
  readonly signal: AbortSignal;
  readonly report: JobReporter;
}

/** One deploy, from its record to the end of every node. */
export class DeployRun {
  private readonly parts: BridgeServiceParts;
  private readonly confirmed: ConfirmedPlan;
  private readonly options: RunOptions;
  private readonly work: NodeWork;
  private readonly lanes: DeployLanes;
  private nodes: readonly ChangingNode[] = [];
  /** What was begun last with each node. */
  private readonly working = new Map<ChangingNode, Promise<void>>();
  private record: DeployRecord;

  constructor(parts: BridgeServiceParts, confirmed: ConfirmedPlan, options: RunOptions) {
    const { plan } = confirmed;
    this.parts = parts;
    this.confirmed = confirmed;
    this.options = options;
    this.lanes = new DeployLanes(
      plan.nodes.map(({ node }) => node),
      options.report,
    );
    const { deploy } = options;
    const now = () => parts.clock.now();
    this.work = { deploy, windowSeconds: plan.windowSeconds, lanes: this.lanes, now };
    this.record = this.firstRecord();
  }

  /** DEPLOY_ROLLED_BACK, DEPLOY_SPLIT, CANCELLED, and what keeps a node from being armed. */
  async toItsEnd(): Promise<{ record: DeploySummary; check: BridgeCheck | undefined }> {
    const { parts, options, lanes } = this;
    const { report } = options;
    lanes.begin('record', 1);
    this.nodes = await this.nodesToChange();
    if (this.nodes.length === 0) return this.nothingToDo();
    await writeDeployRecord(parts.lab, this.record, { replaces: false });
    lanes.advance();
    const { windowSeconds } = this.work;
    await report.ifCutOff(
      `Every node goes back by itself, ${windowSeconds} s after it was armed or when it boots, unless it was confirmed. What became of each: sifaka bridge converge`,
    );
    let check: BridgeCheck | undefined;
    try {
      await this.armAll();
      check = await this.changeAll();
      if (options.signal.aborted) throw cancelled('');
    } catch (error) {
      throw await this.takeAllBack(error);
    }
    await this.confirmAll();
    await this.settleSource();
    return { record: summaryOf(this.record), check };
  }

  private async nodesToChange(): Promise<ChangingNode[]> {
    const { plan, facts } = this.confirmed;
    const { program, who } = this.options;
    const { ssh } = this.parts;
    const { destinations } = await ssh.ways();
    return plan.nodes.filter(isChanged).map((planned) => {
      const { node } = planned;
      return {
        asked: { ssh, node, destination: destinations.toNode(node), program, words: bridgeWords },
        payload: payloadFor(this.askedNode(node), planned, { program, who, source: facts.source }),
        until: 0,
        mayBeArmed: false,
      };
    });
  }

  /** Not a byte is written on any node; the bridge is checked all the same. */
  private async nothingToDo() {
    const { report, signal } = this.options;
    const { plan } = this.confirmed;
    report.note('Every node has all of it already: nothing is changed.');
    for (const { node } of plan.nodes) this.lanes.set(node, 'running', 'has all of it already');
    this.lanes.begin('verify', 1);
    const until = performance.now() + settledMilliseconds;
    const check = await this.verified(until, signal).catch((error: unknown) => {
      throw notInOrder(error);
    });
    for (const { node } of plan.nodes) this.lanes.set(node, 'done', 'has all of it already');
    this.lanes.begin('confirm', 1);
    this.lanes.advance();
    const record = { ...this.record, state: 'confirmed' as const, endedAt: this.timestamp() };
    return { record: summaryOf(record), check };
  }

  /** All of them before any is changed. */
  private async armAll(): Promise<void> {
    this.lanes.begin('arm', this.nodes.length);
    await this.together(this.nodes, async (node, signal) => {
      await armNode(node, this.work, signal);
      this.lanes.advance();
    });
  }

  private async changeAll(): Promise<BridgeCheck | undefined> {
    const { bridge } = this.confirmed.facts;
    const { plan } = this.confirmed;
    const { signal } = this.options;
    const until = Math.min(...this.nodes.map((node) => node.until)) - this.reserveMilliseconds();
    this.lanes.begin('apply', this.nodes.length);
    const groups = this.groups();
    for (const [index, group] of groups.entries()) {
      await this.together(group, async (node, both) => {
        await applyNode(node, this.work, { until, signal: both });
        this.lanes.advance();
      });
      if (index === groups.length - 1) break;
      const names = group.map(({ asked }) => asked.node);
      const { parts, work } = this;
      const part = { parts, bridge, plan, deploy: work.deploy, changed: names, until, signal };
      await verifyNodes(part, names);
    }
    this.lanes.begin('verify', 1);
    const check = await this.verified(until, signal);
    for (const { asked } of this.nodes)
      this.lanes.set(asked.node, 'proven', 'has the new state, which is proven; it is not confirmed yet');
    this.lanes.advance();
    return check;
  }

  private async verified(until: number, signal: AbortSignal): Promise<BridgeCheck | undefined> {
    const { parts, work } = this;
    const { plan, facts } = this.confirmed;
    const changed = this.nodes.map(({ asked }) => asked.node);
    const { bridge } = facts;
    const check = await verifyDeploy({
      parts,
      bridge,
      plan,
      deploy: work.deploy,
      changed,
      until,
      signal,
    });
    if (check !== undefined) await this.keepCheck(check);
    return check;
  }

  private async keepCheck(check: BridgeCheck): Promise<void> {
    try {
      await this.parts.history.add(check);
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === undefined) throw error;
      this.options.report.note(`The check was not kept (${code}).`);
    }
  }

  private groups(): (readonly ChangingNode[])[] {
    const { mode } = this.confirmed.plan;
    if (mode === 'rolling') return this.nodes.map((node) => [node]);
    if (mode === 'canary')
      return [this.nodes.slice(0, 1), this.nodes.slice(1)].filter((group) => group.length > 0);
    return [this.nodes];
  }

  /** What the confirmations have at the least, of the window. */
  private reserveMilliseconds(): number {
    return Math.min(15, this.work.windowSeconds / 4) * 1000;
  }

  /** The first that fails stops the others from going on. */
  private async together(
    nodes: readonly ChangingNode[],
    work: (node: ChangingNode, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const stop = new AbortController();
    const both = AbortSignal.any([this.options.signal, stop.signal]);
    const works = nodes.map((node) => {
      const working = work(node, both);
      this.working.set(node, working);
      return working;
    });
    try {
      await Promise.all(works);
    } finally {
      stop.abort();
    }
  }

  /** Waits for every node; answers what the job ends with. */
  private async takeAllBack(why: unknown): Promise<unknown> {
    const { signal, report } = this.options;
    const problem = signal.aborted ? cancelled('') : asProblem(why);
    const reason = problem?.code === 'CANCELLED' ? 'The operator said to roll back.' : problem?.data.what;
    report.note(`Everything is taken back. ${reason ?? 'Sifaka made a mistake.'}`);
    const ends = await Promise.all(
      this.nodes.map(async (node) => {
        // What it is doing was stopped: it is not told to go back while it may still be armed by that.
        await this.working.get(node)?.catch(() => undefined);
        return takeBack(node, this.work);
      }),
    );
    await this.keepEnd('rolled-back', ends, reason);
    await noteDeploy(this.parts.lab, report, this.record, this.confirmed.facts.source.name);
    return problem === undefined ? why : rolledBack(problem, this.changedNodes(), this.work.windowSeconds);
  }

  private async confirmAll(): Promise<void> {
    const { lab } = this.parts;
    const { report } = this.options;
    this.lanes.begin('confirm', this.nodes.length);
    const ends = await Promise.all(
      this.nodes.map(async (node) => {
        const end = await confirmNode(node, this.work);
        this.lanes.advance();
        return end;
      }),
    );
    const isWhole = ends.every((end) => end === 'new');
    const isBack = ends.every((end) => end === 'old');
    const reason = isBack ? 'No node was confirmed in time.' : 'The network parted during the confirmation.';
    await this.keepEnd(
      isWhole ? 'confirmed' : isBack ? 'rolled-back' : 'split',
      ends,
      isWhole ? undefined : reason,
    );
    await noteDeploy(lab, report, this.record, this.confirmed.facts.source.name);
    if (isWhole) return;
    if (!isBack) throw split(this.changedNodes());
    const late = new Problem('DEPLOY_ROLLED_BACK', {
      what: reason,
      state: '',
      next: 'Deploy again, with a longer --window where the network is slow.',
    });
    throw rolledBack(late, this.changedNodes(), this.work.windowSeconds);
  }

  /** The end of a deploy that could not be written is said, and changes nothing of it. */
  private async keepEnd(
    state: DeployRecord['state'],
    ends: readonly NodeEnd[],
    reason: string | undefined,
  ): Promise<void> {
    const byNode = new Map(this.nodes.map(({ asked }, index) => [asked.node, ends[index]]));
    this.record = {
      ...this.record,
      state,
      endedAt: this.timestamp(),
      ...(reason === undefined ? {} : { reason }),
      nodes: this.record.nodes.map((node) => ({ ...node, state: byNode.get(node.node) ?? node.state })),
    };
    try {
      await writeDeployRecord(this.parts.lab, this.record, { replaces: true });
    } catch (error) {
      const problem = asProblem(error);
      if (problem === undefined) throw error;
      this.options.report.note(`The record of the deploy was not written: ${problem.data.what}`);
    }
  }

  private async settleSource(): Promise<void> {
    try {
      await settleSource(this.parts.lab, this.record);
    } catch (error) {
      const problem = asProblem(error);
      if (problem === undefined) throw error;
      this.options.report.note(`The record of the earlier deploy was not written: ${problem.data.what}`);
    }
  }

  private changedNodes(): DeployRecord['nodes'] {
    const names = new Set(this.nodes.map(({ asked }) => asked.node));
    return this.record.nodes.filter(({ node }) => names.has(node));
  }

  /** A node that has all of it already is new from the beginning. */
  private firstRecord(): DeployRecord {
    const { plan, digest } = this.confirmed;
    return {
      schema: 'sifaka.bridge-deploy/1',
      id: this.options.deploy,
      cluster: plan.cluster,
      source: plan.source,
      sourceDigest: plan.sourceDigest,
      planDigest: digest,
      mode: plan.mode,
      startedAt: this.timestamp(),
      state: 'started',
      nodes: plan.nodes.map((planned) => {
        const { before, after } = foundAndLeft(this.askedNode(planned.node), planned);
        const state = isChanged(planned) ? ('started' as const) : ('new' as const);
        return { node: planned.node, state, before: [...before], after: [...after] };
      }),
      sifakaVersion: this.parts.version,
    };
  }

  private askedNode(node: string): AskedNode {
    const asked = this.confirmed.facts.nodes.find(({ member }) => member.node === node);
    if (asked === undefined) throw new Error('every node of a plan was asked');
    return asked;
  }

  private timestamp(): string {
    return this.parts.clock.now().toISOString();
  }
}
