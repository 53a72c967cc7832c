import { formatTime } from '../../../shared/quantities.ts';
import { Problem } from '../../../shared/problem.ts';
import type { CardEvidence, Receipt, Target } from '../../../shared/schemas/card.ts';
import { onlyReadState } from '../../../shared/target-states.ts';
import type { JobRequest } from '../jobs/job-registry.ts';
import { type DigestComparison, verifyAgainstDigests } from '../../imaging/verify.ts';
import type { CardServiceParts } from './card-service.ts';
import { compareDrive } from './compare-drive.ts';
import { totalLength } from './block-cells.ts';
import type { UnfinishedRun } from './last-run.ts';
import { noteInLogbook } from './logbook.ts';

const namedMismatches = 20;

/**
 * The job that reads every range of a receipt again. A card that differs fails with VERIFY_MISMATCH, which names the
 * `lastRun` on the target's path as the reason if it is later than the receipt.
 */
export function verifyJob(
  parts: CardServiceParts,
  receipt: Receipt,
  target: Target,
  lastRun: UnfinishedRun | undefined,
): JobRequest {
  const total = totalLength(receipt.ranges);
  return {
    kind: 'card-verify',
    title: `Verify ${receipt.node} on ${target.label}`,
    subject: target.path,
    ifCutOff: onlyReadState(target),
    steps: [
      {
        id: 'verify',
        label: 'Read the card and compare it with its receipt',
        unit: 'bytes',
        weight: 1,
        pull: 'The card is only being read.',
      },
    ],
    async run({ signal, report }) {
      report.progress({ step: 'verify', done: 0, total });
      const { comparison, readFromMedium } = await compare(parts, receipt, target, { signal, report });
      const { verifiedBytes, mismatches } = comparison;
      if (mismatches.length > 0) throw mismatch({ receipt, target, lastRun }, mismatches);
      const evidence: CardEvidence = {
        receiptId: receipt.id,
        node: receipt.node,
        target,
        checkedAt: parts.clock.now().toISOString(),
        matches: true,
        verifiedBytes,
        readFromMedium,
        mismatches: [],
      };
      await noteInLogbook(parts.lab, report, {
        summary: `Recovery card for ${receipt.node} verified`,
        details: [`${verifiedBytes} bytes read and equal to receipt ${receipt.id}`],
        affectedResources: [receipt.node, target.label],
      });
      return { kind: 'card-evidence', evidence };
    },
  };
}

async function compare(
  parts: CardServiceParts,
  { ranges }: Receipt,
  target: Target,
  { signal, report }: Pick<Parameters<JobRequest['run']>[0], 'signal' | 'report'>,
): Promise<{ comparison: DigestComparison; readFromMedium: boolean }> {
  const onProgress = (done: number, total: number) => report.progress({ step: 'verify', done, total });
  if (target.kind === 'drive') {
    const onWaiting = (text: string) => report.note(text);
    const comparison = await compareDrive(parts, target, ranges, { signal, onWaiting, onProgress });
    return { comparison, readFromMedium: true };
  }
  const blocks = await parts.targets.openForReading(target);
  try {
    const keyedHash = () => parts.secrets.keyedHash();
    const comparison = await verifyAgainstDigests({ target: blocks, ranges, keyedHash, signal, onProgress });
    return { comparison, readFromMedium: blocks.readsMedium };
  } finally {
    await blocks.close();
  }
}

function mismatch(
  { receipt, target, lastRun }: { receipt: Receipt; target: Target; lastRun: UnfinishedRun | undefined },
  mismatches: readonly { offset: number; length: number }[],
): Problem {
  const moved = receipt.target.path !== target.path;
  const made = formatTime(new Date(receipt.verifiedAt));
  const later = moved || Date.parse(lastRun?.startedAt ?? '') > Date.parse(receipt.verifiedAt);
  const run = later ? lastRun : undefined;
  const compared = moved
    ? `the newest receipt of ${receipt.node} for a target of this size, which is of ${receipt.target.path} and of ${made}; there is none of this path. They differ`
    : `its receipt of ${made}, and differs`;
  const reason =
    run?.words ??
    `${moved ? 'It is another card, or it' : 'It'} was changed since it was burned. A node that has booted from a card changes it.`;
  return new Problem('VERIFY_MISMATCH', {
    what: `${target.label} was compared with ${compared} in ${mismatches.length} of ${receipt.ranges.length} ranges. ${reason}`,
    state: 'The card was only read.',
    next:
      run === undefined
        ? `If ${receipt.node} has not booted from it, burn it again, and suspect the card or its reader.`
        : 'Do not use it; burn it again.',
    more: mismatches
      .slice(0, namedMismatches)
      .map(({ offset, length }) => `${length} bytes from byte ${offset} on`),
  });
}
