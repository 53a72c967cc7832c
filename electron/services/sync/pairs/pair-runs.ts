import { pasteableCommand } from '../../../../shared/pasteable-command.ts';
import { formatQuantity } from '../../../../shared/quantities.ts';
import { asProblem, Problem } from '../../../../shared/problem.ts';
import type { PlannedSync, SyncChoice, SyncLoss } from '../../../../shared/schemas/sync-plans.ts';
import type { Clock } from '../../clock.ts';
import { digestOfValue } from '../../value-digest.ts';
import type { RootIds } from '../engine/root-ids.ts';
import type { SyncPlan } from '../engine/sync-plan.ts';
import type { SyncLookParts, SyncServiceParts } from '../parts.ts';
import { runSync } from '../runs/run-sync.ts';
import { agreedRequest } from './beyond-limits.ts';
import { blockedBy } from './blocked-directions.ts';
import { databaseAddress } from './database.ts';
import { labDirection, type LabDirection } from './lab-pairs.ts';
import { shownPlan } from './shown-plan.ts';
import { syncJob } from './sync-job.ts';

export interface PairRuns {
  plan(choice: SyncChoice, signal: AbortSignal): Promise<PlannedSync>;
  run(planDigest: string, agreed?: SyncLoss): Promise<{ jobId: string }>;
}

interface Reviewed {
  readonly digest: string;
  readonly choice: SyncChoice;
  /** What the lab said of it. */
  readonly asked: string;
  readonly plan: SyncPlan;
}

export function createPairRuns(parts: SyncLookParts, rootIds: RootIds): PairRuns {
  const reviewed = createReviewedPlans(parts.clock);
  return {
    async plan(choice, signal) {
      const found = await labDirection(parts, { ...choice, dryRun: true });
      await parts.logFolders.confirm(found.logFolder, 'Nothing was looked at or changed.');
      const { report, plan } = await runSync(
        found.request,
        parts.ports(await databaseAddress(parts, found.file)),
        { signal },
      ).catch((error: unknown) => {
        throw withInitCommand(error, found);
      });
      const asked = askedOf(found);
      const blocked = await blockedBy(rootIds, found.logFolder, found.name, found.direction);
      const shown = shownPlan(found, plan, report, blocked);
      // Two plans that do the same are still two if they are of two pairs.
      const digest = digestOfValue({ asked, plan: plan.digest });
      reviewed.remember({ digest, choice, asked, plan });
      return { plan: shown, digest };
    },
    async run(planDigest, agreed) {
      // It was agreed to for one run: whoever asks for it a second time, also meanwhile, finds it gone.
      const shown = reviewed.take(planDigest);
      if (shown === undefined) throw forgotten();
      try {
        return { jobId: await start(shown, agreed) };
      } catch (error) {
        reviewed.giveBack(shown);
        throw error;
      }
    },
  };

  async function start(shown: Reviewed, agreed: SyncLoss | undefined): Promise<string> {
    const found = await labDirection(parts, { ...shown.choice, dryRun: false });
    if (askedOf(found) !== shown.asked) throw labChanged(found);
    const request = agreedRequest(found, shown.plan, agreed);
    const ports = parts.ports(await databaseAddress(parts, found.file));
    if (agreed !== undefined) await writeDown(parts, found, agreed);
    const { digest, plan } = shown;
    return parts.jobs.start(syncJob({ ...found, request }, ports, { digest, plan }));
  }
}

/** That so much may go is an operator's word, and stands in the logbook. */
async function writeDown(
  { lab }: SyncServiceParts,
  { name, direction: { from, to } }: LabDirection,
  { replaces, deletes }: SyncLoss,
): Promise<void> {
  await lab.appendToLogbook({
    project: 'sync',
    summary: `Sync: it was agreed that a run of ${name} from ${from} to ${to} replaces ${formatQuantity(replaces, 'file')} and deletes ${formatQuantity(deletes, 'file')}, more than it may by itself`,
    affectedResources: [name],
  });
}

/** The lab knows both folders, so the command that marks them is whole. */
function withInitCommand(error: unknown, { request: { src, dest, pair } }: LabDirection): unknown {
  const problem = asProblem(error);
  if (problem?.code !== 'SYNC_ROOT_UNMARKED') return error;
  const command = pasteableCommand(['sifaka', 'sync', 'init', '--src', src, '--dest', dest, '--pair', pair]);
  const next = `If both are the right folders and everything is mounted, mark the pair once, here or with \`${command}\`.`;
  return new Problem(problem.code, { ...problem.data, next }, { cause: error });
}

/** Everything of the lab that a run follows. */
function askedOf({ request: { dryRun: _dryRun, ...request } }: LabDirection): string {
  return digestOfValue(request);
}

const lifetimeMilliseconds = 60 * 60 * 1000;

interface KeptPlan extends Reviewed {
  readonly until: number;
}

/** The newest plan of each direction of each pair, for an hour: a plan of a million files is too large to keep many. */
function createReviewedPlans(clock: Clock) {
  const plans = new Map<string, KeptPlan>();
  const now = () => clock.now().getTime();
  return {
    remember(shown: Reviewed): void {
      for (const [key, { until }] of plans) if (until <= now()) plans.delete(key);
      plans.set(keyOf(shown.choice), { ...shown, until: now() + lifetimeMilliseconds });
    },
    /** It is not known any more. */
    take(digest: string): KeptPlan | undefined {
      const shown = [...plans.values()].find((one) => one.digest === digest && one.until > now());
      if (shown !== undefined) plans.delete(keyOf(shown.choice));
      return shown;
    },
    /** One that was not run after all, unless there is a newer one by now. */
    giveBack(shown: KeptPlan): void {
      const key = keyOf(shown.choice);
      if (!plans.has(key)) plans.set(key, shown);
    },
  };
}

function keyOf({ pair, direction }: SyncChoice): string {
  return `${pair} ${direction}`;
}

function forgotten(): Problem {
  return new Problem('PLAN_CHANGED', {
    what: 'This plan is not known here any more: it was run already, is older than an hour, or the pair was looked at again since.',
    state: 'Nothing was changed.',
    next: 'Review it again.',
  });
}

function labChanged({ name }: LabDirection): Problem {
  return new Problem('PLAN_CHANGED', {
    what: `What sync/pairs.yaml says of the pair ${name} was changed after the review.`,
    state: 'Nothing was changed.',
    next: 'Review it again.',
  });
}
