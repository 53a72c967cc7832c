import { Problem } from '../../../../shared/problem.ts';
import type { SyncNotice } from '../../../../shared/schemas/sync-record.ts';
import type { SyncOptions } from '../../../../shared/schemas/sync-request.ts';
import type { AgreedAdvice } from './agreed-advice.ts';
import { escapeName } from './byte-names.ts';
import type { CompareRules } from './compare.ts';
import { decideDifferences } from './decide-differences.ts';
import { canHold, heldTimesOf } from './held-times.ts';
import { timeNotKeptNotice } from './plan-notices.ts';
import { noticesOfTroubles } from './trouble-notices.ts';
import { isLogFolder } from './log-folder-in-root.ts';
import { openFilesWords } from './open-files.ts';
import { confirmRoot } from './open-roots.ts';
import type { OpenRoots, Root } from './open-roots.ts';
import { digestOfPlan } from './plan-digest.ts';
import { refuseRootInRoot } from './root-in-root.ts';
import { survey } from './survey/survey.ts';
import type { SurveyThreads } from './survey/survey-threads.ts';
import type { WalkedRoot, WalkRequest } from './survey/walk-request.ts';
import type { PlannedOperation, SyncPlan } from './sync-plan.ts';

type PlanOptions = Pick<SyncOptions, 'mtimeThresholdSeconds' | 'deleteMissing' | 'checksum' | 'workers'>;

interface PlanPorts {
  readonly signal: AbortSignal;
  readonly agreed: AgreedAdvice;
  /** As of `DecisionPorts`. */
  readonly sourceMayLack?: boolean;
  readonly now?: () => number;
  /** How many names have been looked at so far. */
  readonly progress?: (entries: number) => void;
  /** This run's; every other folder that is marked as one is told of. */
  readonly logDir?: string;
  /** Started ahead; ended in any case. */
  readonly threads?: SurveyThreads;
}

/** Times that lie further ahead than clocks differ decide nothing. */
const futureAllowanceMs = 5 * 60_000;

/**
 * Looks at both sides and works out what one pass from source to destination does; nothing is written to either. What could
 * not be looked at is named in a notice and is in no operation. SYNC_ROOT_LOST, SYNC_ROOTS_OVERLAP, CANCELLED.
 */
export async function makePlan(
  roots: OpenRoots,
  options: PlanOptions,
  { signal, agreed, sourceMayLack = false, now = Date.now, progress, logDir, threads }: PlanPorts,
): Promise<SyncPlan> {
  const request: WalkRequest = {
    source: walked(roots.source),
    destination: walked(roots.destination),
    precisionMs: roots.precisionMs,
    checksum: options.checksum,
    deleteMissing: options.deleteMissing,
    caseSensitive: roots.caseSensitive,
    normalizationSensitive: roots.normalizationSensitive,
    timesOf: agreed.timesOf,
    digests: agreed.digests,
  };
  const surveyed = await survey(request, {
    signal,
    progress,
    workers: options.workers,
    threads,
  });
  // An empty mount point looks like a folder in which everything was deleted.
  confirmRoot(roots.source);
  confirmRoot(roots.destination);
  refuseLostRoot(roots, surveyed.troubles.find(({ path }) => path === '')?.detail);
  refuseRootInRoot(roots, surveyed.troubles);
  const found = { ...surveyed, troubles: surveyed.troubles.filter(({ kind }) => kind !== 'marked') };
  const rules = rulesOf(roots, options, now());
  const decided = await decideDifferences(found, { request, rules, agreed, sourceMayLack, signal });
  agreed.addFolders(found.folders);
  const operations = [...decided.operations].toSorted(inOrder);
  const alignments = decided.alignments.toSorted((one, other) => (one.path < other.path ? -1 : 1));
  const notices = [
    ...skewNotice(roots, rules),
    ...noticesOfTroubles(found.troubles.filter((trouble) => !isLogFolder(trouble, roots, logDir))),
    ...decided.notices,
  ].toSorted((one, other) => (one.filepath < other.filepath ? -1 : one.filepath > other.filepath ? 1 : 0));
  return {
    operations,
    alignments,
    notices: [...notices, ...timeNotices(operations, rules), ...hardLinkNotices(operations)],
    temporaries: found.temporaries,
    staying: decided.staying,
    stayingTotal: decided.stayingTotal,
    counts: {
      ...found.counts,
      equal: found.counts.equal + decided.equal,
      creates: operations.filter(({ operation }) => operation === 'create').length,
      updates: operations.filter(({ operation }) => operation === 'update').length,
      deletes: decided.deletes,
      bytes: operations.reduce(
        (sum, { kind, source }) => sum + (kind === 'file' ? (source?.size ?? 0) : 0),
        0,
      ),
    },
    digest: digestOfPlan(operations, alignments),
  };
}

function walked({ bytes, device, inode }: Root): WalkedRoot {
  return { bytes, device, inode };
}

/** A folder comes before what is in it, and goes after it; what is deleted goes last. */
function inOrder(one: PlannedOperation, other: PlannedOperation): number {
  const [deletes, otherDeletes] = [one.operation === 'delete', other.operation === 'delete'];
  if (deletes !== otherDeletes) return deletes ? 1 : -1;
  return one.path < other.path === deletes ? 1 : -1;
}

function rulesOf(roots: OpenRoots, { mtimeThresholdSeconds }: PlanOptions, nowMs: number): CompareRules {
  const thresholdMs = mtimeThresholdSeconds * 1000;
  const latest = nowMs + Math.max(futureAllowanceMs, thresholdMs);
  return {
    precisionMs: roots.precisionMs,
    thresholdMs,
    future: {
      source: latest + roots.source.abilities.clockAheadMs,
      destination: latest + roots.destination.abilities.clockAheadMs,
    },
    held: {
      source: heldTimesOf(roots.source.abilities),
      destination: heldTimesOf(roots.destination.abilities),
    },
  };
}

function refuseLostRoot(roots: OpenRoots, detail: string | undefined): void {
  if (detail === undefined) return;
  throw new Problem('SYNC_ROOT_LOST', {
    what: `${roots.source.path} or ${roots.destination.path} could not be read (${detail}).`,
    state: 'Nothing was changed.',
    next: 'See whether both are mounted and may be read by this user, then run again.',
    ...openFilesWords(detail),
  });
}

function skewNotice({ skewMs, source, destination }: OpenRoots, { thresholdMs }: CompareRules): SyncNotice[] {
  if (Math.abs(skewMs) <= thresholdMs) return [];
  const seconds = (Math.abs(skewMs) / 1000).toFixed(1);
  const [ahead, behind] = skewMs > 0 ? [destination, source] : [source, destination];
  return [
    {
      kind: 'clock-skew',
      filepath: '.',
      text: `The clock of ${ahead.path} is ${seconds} s ahead of that of ${behind.path}: what was changed there counts as newer than it is.`,
    },
  ];
}

function timeNotices(operations: readonly PlannedOperation[], { held }: CompareRules): SyncNotice[] {
  return operations.flatMap(({ kind, path, source }) =>
    kind === 'file' && source !== undefined && !canHold(held.destination, source.mtimeMs)
      ? [timeNotKeptNotice(path)]
      : [],
  );
}

/** One for each file, not for each of its names. */
function hardLinkNotices(operations: readonly PlannedOperation[]): SyncNotice[] {
  const seen = new Set<number>();
  const notices: SyncNotice[] = [];
  for (const { kind, path, source } of operations) {
    if (kind !== 'file' || source === undefined || source.links < 2 || seen.has(source.inode)) continue;
    seen.add(source.inode);
    notices.push({
      kind: 'hard-links',
      filepath: escapeName(path),
      text: `This file has ${source.links} names; each of them is copied by itself.`,
    });
  }
  return notices;
}
