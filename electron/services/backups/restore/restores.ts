import { Problem } from '../../../../shared/problem.ts';
import type { PlannedRestore, RestorePlan, RestoreRequest } from '../../../../shared/schemas/backup-plans.ts';
import { createRecentPlans } from '../../recent-plans.ts';
import { digestOfValue } from '../../value-digest.ts';
import type { BackupParts } from '../parts.ts';
import { planRestore } from './plan-restore.ts';
import { gatherRestore } from './restore-facts.ts';
import { restoreJob } from './restore-job.ts';

export interface BackupRestores {
  /** What a restore would do and erase, without doing it. ARCHIVE_UNKNOWN, NODE_UNKNOWN. Remembered for an hour. */
  planRestore(request: RestoreRequest, signal: AbortSignal): Promise<PlannedRestore>;
  /**
   * Starts the job that runs exactly that plan. PLAN_CHANGED when there is none any more, or the node gives another one by now;
   * RESTORE_REFUSED and the plan's own refusals.
   */
  restore(planDigest: string): Promise<{ jobId: string }>;
  /** The plan of this digest, while it may still be run. */
  shownRestore(planDigest: string): RestorePlan | undefined;
}

export function createBackupRestores(parts: BackupParts): BackupRestores {
  const recent = createRecentPlans<{ request: RestoreRequest; plan: RestorePlan }>(parts.clock);
  return {
    async planRestore(request, signal) {
      const { facts } = await gatherRestore(parts, request, signal);
      const plan = planRestore(request, facts);
      const digest = digestOfValue(plan);
      recent.remember(digest, { request, plan });
      return { plan, digest };
    },
    shownRestore: (digest) => recent.recall(digest)?.plan,
    async restore(digest) {
      const shown = recent.recall(digest);
      if (shown === undefined) throw forgotten();
      refuse(shown.plan);
      const { facts, node } = await gatherRestore(parts, shown.request, new AbortController().signal);
      const now = planRestore(shown.request, facts);
      if (digestOfValue(now) !== digest) throw changed(shown.plan, now);
      return { jobId: await parts.jobs.start(restoreJob(parts, { plan: now, digest, facts, node })) };
    },
  };
}

function refuse({ refusals }: RestorePlan): void {
  const [first, ...more] = refusals;
  if (first === undefined) return;
  const { code, ...data } = first;
  throw new Problem(code, { ...data, ...(more.length === 0 ? {} : { more: more.map(({ what }) => what) }) });
}

function forgotten(): Problem {
  return new Problem('PLAN_CHANGED', {
    what: 'There is no such plan, or it was made more than an hour ago.',
    state: 'Nothing was changed.',
    next: 'Plan the restore again and review it.',
  });
}

function changed(shown: RestorePlan, now: RestorePlan): Problem {
  const before = new Set(shown.refusals.map(({ what }) => what));
  const refusal = now.refusals.find(({ what }) => !before.has(what));
  const isOther = shown.overwrites?.config !== now.overwrites?.config;
  return new Problem('PLAN_CHANGED', {
    what: `The restore would not be the one that was reviewed. ${
      refusal?.what ??
      (isOther
        ? `What has the id ${now.vmid} on ${now.node} is another guest now, or was changed.`
        : 'Something that the plan depends on is different now.')
    }`,
    state: 'Nothing was changed.',
    next: 'Review the new plan, then run that.',
  });
}
