import { randomUUID } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { asProblem, cancelled, Problem } from '../../../shared/problem.ts';
import type { CardPlan, Receipt, Target } from '../../../shared/schemas/card.ts';
import type { JobReport } from '../../../shared/schemas/job.ts';
import { formatBytes } from '../../../shared/quantities.ts';
import type { ByteRange } from '../../imaging/block-source.ts';
import type { CardImage } from '../../imaging/card-image.ts';
import { openCardImage } from '../../imaging/open-card-image.ts';
import { writeCard } from '../../imaging/write.ts';
import type { WritableTarget } from '../drives/targets.ts';
import type { JobReporter, JobRequest } from '../jobs/job-registry.ts';
import type { CardServiceParts } from './card-service.ts';
import { totalLength } from './block-cells.ts';
import { burnSteps } from './burn-steps.ts';
import { cachedImage, type GatheredCard } from './facts.ts';
import { noteInLogbook } from './logbook.ts';
import type { ProvenTarget } from './proven-target.ts';
import { receiptSize } from './receipt-size.ts';
import type { Receipts } from './receipts.ts';
import {
  bootingState,
  namingState,
  provenState,
  unfinishedState,
  untouchedState,
} from '../../../shared/target-states.ts';
import { writeOntoDrive } from './write-onto-drive.ts';

/** A plan that was shown and was found to be the same again, and what belongs to it. */
export interface ConfirmedPlan {
  readonly plan: CardPlan;
  readonly digest: string;
  readonly gathered: GatheredCard;
}

/** The job that burns a confirmed plan: check the image, inject, write, read back, keep the receipt. */
export function burnJob(parts: CardServiceParts, receipts: Receipts, confirmed: ConfirmedPlan): JobRequest {
  const { plan, digest, gathered } = confirmed;
  const { target } = plan;
  const build = target.kind === 'new-file';

  async function burnAndKeep({ jobId, startedAt, ...run }: Run & { jobId: string; startedAt: string }) {
    const { card, imagePath } = await preparedCard(parts, confirmed, run).finally(gathered.wipe);
    try {
      const mapped = await card.mapped();
      const reserved = await receipts.reserve(target, receiptSize(plan, mapped, card.changed()));
      try {
        const proven =
          target.kind === 'drive'
            ? await writeOntoDrive(parts, { card, mapped, imagePath }, confirmed, run)
            : await writeOntoFile(parts, { card, mapped }, target, run);
        run.report.progress({ step: 'commit', done: 0, total: 2 });
        const receipt = makeReceipt(parts, confirmed, { jobId, startedAt, ...proven });
        await reserved.write(receipt);
        return receipt;
      } finally {
        await reserved.release();
      }
    } finally {
      card.close();
    }
  }

  return {
    kind: build ? 'card-build' : 'card-burn',
    title: `${build ? 'Build' : 'Burn'} ${plan.node} ${build ? 'as' : 'onto'} ${target.label}`,
    subject: target.path,
    planDigest: digest,
    ifCutOff: untouchedState(target),
    steps: burnSteps(target),
    async run({ jobId, signal, report }) {
      const startedAt = parts.clock.now().toISOString();
      const receipt = await burnAndKeep({ jobId, startedAt, signal, report }).finally(gathered.release);
      report.progress({ step: 'commit', done: 1, total: 2 });
      await noteInLogbook(parts.lab, report, burnEntry(receipt));
      report.progress({ step: 'commit', done: 2, total: 2 });
      return { kind: 'card', receipt } satisfies JobReport;
    },
  };
}

interface Run {
  readonly signal: AbortSignal;
  readonly report: JobReporter;
}

/**
 * The golden image with the node's changes over it in memory. For a file the image is read again from the first byte to
 * the last, and opened anew, so that what was read is what is written; a drive is compared with its digests.
 */
async function preparedCard(
  parts: CardServiceParts,
  confirmed: ConfirmedPlan,
  run: Run,
): Promise<{ card: CardImage; imagePath: string }> {
  const { plan, gathered } = confirmed;
  const state = untouchedState(plan.target);
  try {
    stopIfCancelled(run.signal, state);
    const imagePath = await checkedImage(parts, confirmed, run);
    if (plan.target.kind !== 'drive') return { card: await inject(imagePath, gathered, run), imagePath };
    const total = gathered.injections.length;
    run.report.progress({ step: 'inject', done: total, total });
    return { card: gathered.card, imagePath };
  } catch (error) {
    throw run.signal.aborted ? cancelled(state) : error;
  }
}

/**
 * Path of the raw image in the cache. For a file its digest is computed again; what is written onto a drive is read back
 * and compared with the golden image's own digests, which comes to the same without reading it once more.
 */
async function checkedImage(
  parts: CardServiceParts,
  { plan, gathered }: ConfirmedPlan,
  { signal, report }: Run,
): Promise<string> {
  const { size } = plan.image;
  report.progress({ step: 'image', done: 0, total: size });
  const found = await cachedImage(parts, gathered.facts.chosen, signal, (done, total) =>
    report.progress({ step: 'image', done, total }),
  );
  const cached =
    plan.target.kind === 'drive' ? found : await parts.images.verify(plan.image.fileSha256, { signal });
  if (cached.rawSha256 !== plan.image.rawSha256) {
    throw new Problem('PLAN_CHANGED', {
      what: `The golden image ${plan.image.name} is not the one that was planned with.`,
      state: untouchedState(plan.target),
      next: 'Plan the card again and review it.',
    });
  }
  report.progress({ step: 'image', done: size, total: size });
  return cached.path;
}

async function inject(
  path: string,
  { injections, facts }: GatheredCard,
  { signal, report }: Run,
): Promise<CardImage> {
  const card = await openCardImage(path);
  try {
    report.progress({ step: 'inject', done: 0, total: injections.length });
    await card.inject(injections, {
      clock: facts.clock,
      signal,
      onProgress: (done, total) => report.progress({ step: 'inject', done, total }),
    });
    return card;
  } catch (error) {
    card.close();
    throw error;
  }
}

async function writeOntoFile(
  parts: CardServiceParts,
  { card, mapped }: { card: CardImage; mapped: readonly ByteRange[] },
  target: Target,
  { signal, report }: Run,
): Promise<ProvenTarget> {
  if (target.kind === 'new-file') requireRoom(target, totalLength(mapped), await freeBytes(target));
  stopIfCancelled(signal, untouchedState(target));
  await report.ifCutOff(unfinishedState(target));
  const writable = await parts.targets.openForWriting(target);
  try {
    let writtenAt: string | undefined;
    const written = await writeCard({
      image: card,
      mapped,
      target: writable.blocks,
      keyedHash: () => parts.secrets.keyedHash(),
      signal,
      // A new file has no name yet, and boots nothing.
      async beforeHead() {
        if (target.kind !== 'new-file') await report.ifCutOff(bootingState(target));
      },
      onProgress(progress) {
        if (progress.step === 'verify') writtenAt ??= parts.clock.now().toISOString();
        report.progress(progress);
      },
    });
    // From here on the card is proven: a cancellation comes too late, and undoing it would help nobody.
    const verifiedAt = parts.clock.now().toISOString();
    if (target.kind === 'new-file') await report.ifCutOff(namingState(target));
    const committed = await writable.commit();
    // A journal that cannot take it has said so in the log, and is no reason to fail a card that is proven.
    await report.ifCutOff(provenState(committed)).catch(() => undefined);
    const readFromMedium = writable.blocks.readsMedium;
    return {
      target: committed,
      written,
      readFromMedium,
      ejected: false,
      writtenAt: writtenAt ?? verifiedAt,
      verifiedAt,
    };
  } catch (error) {
    throw await abandoned(writable, error);
  }
}

/** What went wrong, with what it left behind as its state. */
async function abandoned(writable: WritableTarget, error: unknown): Promise<unknown> {
  const left = await writable.abandon();
  const problem = asProblem(error);
  if (problem === undefined) return error;
  return new Problem(problem.code, { ...problem.data, state: left }, { cause: error });
}

/** A new file needs room for all that is written to it; TARGET_FULL before a byte is. Sizes in bytes. */
export function requireRoom(target: Target, needed: number, free: number): void {
  if (free >= needed) return;
  throw new Problem('TARGET_FULL', {
    what: `The card takes ${formatBytes(needed)}, and ${dirname(target.path)} has ${formatBytes(free)} left.`,
    state: untouchedState(target),
    next: 'Make room there, or choose another folder.',
  });
}

/** A folder that is gone by now is for whoever opens the target to name. */
async function freeBytes(target: Target): Promise<number> {
  const room = await statfs(dirname(target.path)).catch(() => undefined);
  return room === undefined ? Number.POSITIVE_INFINITY : room.bavail * room.bsize;
}

function makeReceipt(
  parts: CardServiceParts,
  { plan, digest }: ConfirmedPlan,
  run: ProvenTarget & { jobId: string; startedAt: string },
): Receipt {
  return {
    schema: 'sifaka.card-receipt/1',
    id: randomUUID(),
    jobId: run.jobId,
    node: plan.node,
    nodeClass: plan.nodeClass,
    hostname: plan.hostname,
    planDigest: digest,
    image: plan.image,
    // What was made as a new file had nothing in it before, which nobody can tell from the file.
    target: { ...run.target, kind: plan.target.kind },
    changes: plan.changes,
    ranges: run.written.ranges,
    writtenBytes: run.written.writtenBytes,
    verifiedBytes: run.written.verifiedBytes,
    readFromMedium: run.readFromMedium,
    skippedBytes: Math.max(0, plan.image.size - run.written.verifiedBytes),
    freeSpace: plan.freeSpace,
    startedAt: run.startedAt,
    writtenAt: run.writtenAt,
    verifiedAt: run.verifiedAt,
    sifakaVersion: parts.version,
    ...(plan.target.kind === 'drive' ? { ejected: run.ejected } : {}),
    nextStep: nextStep(plan, run.ejected),
  };
}

function nextStep({ node, target }: CardPlan, ejected: boolean): string {
  if (target.kind === 'new-file') {
    return `Write ${target.label} onto a card, insert it into ${node} and power it on.`;
  }
  const first =
    target.kind === 'drive' && !ejected
      ? 'Eject the card if your desktop has mounted it, then insert'
      : 'Insert';
  return `${first} the card into ${node} and power it on.`.replace('then insert the card', 'then insert it');
}

function burnEntry(receipt: Receipt): Parameters<typeof noteInLogbook>[2] {
  return {
    summary: `Recovery card for ${receipt.node} burned and verified`,
    details: [
      `Golden image ${receipt.image.name}, sha256:${receipt.image.rawSha256}`,
      `${receipt.changes.length} changes; ${receipt.verifiedBytes} bytes read back and equal`,
      `Plan ${receipt.planDigest}`,
      `Receipt ${receipt.id}`,
    ],
    affectedResources: [receipt.node, receipt.target.label],
  };
}

function stopIfCancelled(signal: AbortSignal, state: string): void {
  if (signal.aborted) throw cancelled(state);
}
