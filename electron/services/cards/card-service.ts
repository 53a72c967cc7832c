import type { NodeSummary } from '../../../shared/contract/cards.ts';
import { asProblem, Problem } from '../../../shared/problem.ts';
import type { CardPlan, PlannedCard, Receipt, TargetRequest } from '../../../shared/schemas/card.ts';
import type { Clock } from '../clock.ts';
import type { DriveWriter } from '../drives/drive-writer.ts';
import type { Targets } from '../drives/targets.ts';
import type { AppFolders } from '../folders.ts';
import type { ImageCache } from '../images/image-cache.ts';
import type { JobRegistry } from '../jobs/job-registry.ts';
import type { LabFolder } from '../lab/lab-folder.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import { burnJob, type ConfirmedPlan } from './burn.ts';
import { chooseNode } from './choose-node.ts';
import { gatherCard } from './facts.ts';
import { unfinishedRun, type UnfinishedRun } from './last-run.ts';
import { nodeSummaries } from './node-summaries.ts';
import { planCard, planDigest } from './plan.ts';
import { planChanged, planForgotten } from './plan-difference.ts';
import { createReceipts } from './receipts.ts';
import { createRecentPlans } from '../recent-plans.ts';
import { verifyJob } from './verify.ts';

/** Which node, onto what. */
export interface CardRequest {
  readonly node: string;
  readonly target: TargetRequest;
}

/** Everything the card domain stands on. */
export interface CardServiceParts {
  readonly lab: LabFolder;
  readonly images: ImageCache;
  readonly secrets: SecretStore;
  readonly targets: Targets;
  readonly driveWriter: DriveWriter;
  readonly jobs: JobRegistry;
  readonly folders: AppFolders;
  readonly clock: Clock;
  /** Sifaka's own version, for the receipt. */
  readonly version: string;
}

/** A plan that was shown, and what it was made for. */
interface ShownPlan {
  readonly request: CardRequest;
  readonly plan: CardPlan;
}

/** Recovery cards: request → facts → plan → run → verify → receipt. */
export interface CardService {
  /** Every node of the inventory, in its order. */
  nodes(): Promise<NodeSummary[]>;
  /** What a burn would do, without doing it; may put the golden image into the cache. Remembered for an hour. */
  plan(request: CardRequest, options?: { signal?: AbortSignal }): Promise<PlannedCard>;
  /** The plan of this digest, as it was shown; PLAN_CHANGED when there is none, or none any more. */
  shown(planDigest: string): CardPlan;
  /** Starts the job that runs exactly the plan of this digest; PLAN_CHANGED when the world gives another plan by now. */
  burn(planDigest: string): Promise<{ jobId: string }>;
  /** Starts the job that compares a card with its newest receipt. */
  verify(request: CardRequest): Promise<{ jobId: string }>;
  /** Newest first. */
  receipts(filter: { node?: string | undefined }): Promise<Receipt[]>;
}

export function createCardService(parts: CardServiceParts): CardService {
  const { lab, targets, jobs, folders, clock } = parts;
  const receipts = createReceipts(folders.data);
  const recent = createRecentPlans<ShownPlan>(clock);

  async function gatherAgain(digest: string, shown: ShownPlan): Promise<ConfirmedPlan> {
    const gathered = await gatherCard(parts, shown.request, { clock: new Date(shown.plan.clock) });
    try {
      const plan = planCard(shown.request, gathered.facts);
      if (planDigest(plan) !== digest) throw planChanged(shown.plan, plan);
      return { plan, digest, gathered };
    } catch (error) {
      gathered.release();
      throw error;
    }
  }

  function recall(digest: string): ShownPlan {
    const shown = recent.recall(digest);
    if (shown === undefined) throw planForgotten();
    return shown;
  }

  return {
    async nodes() {
      const inventory = await lab.inventory();
      return nodeSummaries(inventory.value, await receipts.list());
    },

    async plan(request, { signal } = {}) {
      const gathered = await gatherCard(parts, request, { clock: wholeSecond(clock.now()), signal });
      try {
        const plan = planCard(request, gathered.facts);
        const digest = planDigest(plan);
        recent.remember(digest, { request, plan });
        return { plan, digest };
      } finally {
        gathered.release();
      }
    },

    shown: (digest) => recall(digest).plan,

    async burn(digest) {
      const confirmed = await gatherAgain(digest, recall(digest));
      try {
        return { jobId: await jobs.start(burnJob(parts, receipts, confirmed)) };
      } catch (error) {
        confirmed.gathered.release();
        throw error;
      }
    },

    async verify({ node, target: asked }) {
      const inventory = await lab.inventory();
      const { name } = chooseNode(inventory.value, node);
      const request = asked.kind === 'new-file' ? { ...asked, kind: 'existing-file' as const } : asked;
      const target = await targets.inspect(request, 0);
      const lastRun = unfinishedRun(await jobs.list(), target.path);
      const receipt = await receipts.forCard(name, target).catch((error: unknown) => {
        throw withLastRun(error, lastRun);
      });
      return { jobId: await jobs.start(verifyJob(parts, receipt, target, lastRun)) };
    },

    receipts: ({ node }) => receipts.list(node),
  };
}

/** Why there may be no receipt: the run that would have made it did not end well. */
function withLastRun(error: unknown, lastRun: UnfinishedRun | undefined): unknown {
  const problem = asProblem(error);
  if (problem === undefined || lastRun === undefined) return error;
  const what = `${problem.data.what} ${lastRun.words}`;
  return new Problem(problem.code, { ...problem.data, what }, { cause: error });
}

/** File systems keep whole seconds; a plan's clock has no more to say than they can hold. */
function wholeSecond(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}
