import type {
  PlannedArchive,
  PlannedPrune,
  PrunePlan,
  PruneRequest,
} from '../../../../shared/schemas/backup-plans.ts';
import type { Archive } from '../../../../shared/schemas/backup-manifest.ts';
import { createRecentPlans } from '../../recent-plans.ts';
import { digestOfValue } from '../../value-digest.ts';
import { lookAtAll } from '../discover/discovery.ts';
import type { BackupParts } from '../parts.ts';
import { decideArchives } from './decide.ts';
import { type PrunePlaces, placesOf } from './look-at-places.ts';
import { bytesOf, pruneJob } from './prune-job.ts';
import {
  differencesOf,
  nothingToRemove,
  planChanged,
  planForgotten,
  policyMissing,
  refuseUnknownPlaces,
} from './prune-problems.ts';

export interface BackupPruning {
  /** Looks at every place anew, and changes nothing. POLICY_MISSING, LAB_FILE_INVALID, STORAGE_UNKNOWN, TARGET_UNKNOWN. */
  planPrune(request: PruneRequest, signal: AbortSignal): Promise<PlannedPrune>;
  /**
   * Starts the job that removes exactly what the plan of this digest would. PLAN_CHANGED when any of these archives is
   * another one by now, or would be kept; PRUNE_REFUSED when there is none.
   */
  prune(planDigest: string): Promise<{ jobId: string }>;
  /** The plan of this digest, while it may still be run. */
  shownPrune(planDigest: string): PrunePlan | undefined;
}

export function createBackupPruning(parts: BackupParts): BackupPruning {
  const recent = createRecentPlans<{ request: PruneRequest; plan: PrunePlan }>(parts.clock);

  async function make(
    request: PruneRequest,
    signal: AbortSignal,
  ): Promise<{ plan: PrunePlan; places: PrunePlaces }> {
    const policy = await parts.lab.backupPolicy();
    if (policy === undefined) throw policyMissing();
    const [seen, records] = await Promise.all([lookAtAll(parts, signal), parts.records.all()]);
    const places = placesOf(seen);
    refuseUnknownPlaces(request.places ?? [], places);
    const { archives, guests, gaps } = places;
    const isWanted = (place: string) => request.places === undefined || request.places.includes(place);
    const isAskedFor = asksFor(request, places);
    const decided = decideArchives({
      archives: archives.filter(({ place }) => isWanted(place)),
      guests,
      records,
      policy: policy.value,
      isAskedFor,
    });
    const askedFor = new Set(archives.filter(isAskedFor).map(({ id }) => id));
    const shown = decided.filter(({ id }) => askedFor.has(id));
    const removes = shown.filter(({ mark }) => mark === 'remove');
    const plan: PrunePlan = {
      schema: 'sifaka.prune-plan/1',
      archives: shown,
      removes: removes.length,
      freesBytes: bytesOf(removes),
      gaps: gaps.filter(({ place }) => place.startsWith('node:') || isWanted(place)),
    };
    return { plan, places };
  }

  return {
    async planPrune(request, signal) {
      const { plan } = await make(request, signal);
      const digest = digestOfValue(plan);
      recent.remember(digest, { request, plan });
      return { plan, digest };
    },
    shownPrune: (digest) => recent.recall(digest)?.plan,
    async prune(digest) {
      const shown = recent.recall(digest);
      if (shown === undefined) throw planForgotten();
      const removes = removalsOf(shown.plan);
      if (removes.length === 0) throw nothingToRemove();
      const ways = await parts.ssh.ways();
      const { plan, places } = await make(shown.request, new AbortController().signal);
      const differences = differencesOf(removes, plan.archives);
      if (differences.length > 0) throw planChanged(differences);
      return { jobId: await parts.jobs.start(pruneJob(parts, ways, { digest, removes, places })) };
    },
  };
}

/** Place by place and guest by guest, the oldest first: what is cut off leaves the newer ones. */
function removalsOf({ archives }: PrunePlan): PlannedArchive[] {
  return archives.filter(({ mark }) => mark === 'remove').toReversed();
}

function asksFor({ guests }: PruneRequest, { guests: all }: PrunePlaces): (archive: Archive) => boolean {
  if (guests === undefined) return () => true;
  const wanted = all.filter(({ node, vmid }) => guests.includes(`${node}/${vmid}`));
  return ({ type, vmid, pveCluster }) =>
    wanted.some(
      (guest) =>
        guest.type === type &&
        guest.vmid === vmid &&
        (pveCluster === undefined || guest.pveCluster === pveCluster),
    );
}
