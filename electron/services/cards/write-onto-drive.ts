import { Problem } from '../../../shared/problem.ts';
import type { VerifiedRange } from '../../../shared/schemas/card.ts';
import type { ByteRange } from '../../imaging/block-source.ts';
import type { CardImage } from '../../imaging/card-image.ts';
import { cardPieces, ExpectedDigests } from '../../imaging/expected-digests.ts';
import { FileSource } from '../../imaging/file-source.ts';
import type { JobReporter } from '../jobs/job-registry.ts';
import type { ConfirmedPlan } from './burn.ts';
import type { CardServiceParts } from './card-service.ts';
import type { ProvenTarget } from './proven-target.ts';
import { bootingState, erasingState, provenState, unfinishedState } from '../../../shared/target-states.ts';

/**
 * Has the elevated writer put a card onto a real drive, and compares every piece that it read back with what must be
 * there: the golden image's own digests where nothing was changed, base ⊕ delta elsewhere.
 */
export async function writeOntoDrive(
  parts: Pick<CardServiceParts, 'driveWriter' | 'images' | 'secrets' | 'clock'>,
  { card, mapped, imagePath }: { card: CardImage; mapped: readonly ByteRange[]; imagePath: string },
  { plan, digest }: ConfirmedPlan,
  { signal, report }: { readonly signal: AbortSignal; readonly report: JobReporter },
): Promise<ProvenTarget> {
  const { target } = plan;
  const chunks = await parts.images.chunks(plan.image.fileSha256, { signal });
  const base = FileSource.open(imagePath);
  const pieces = cardPieces(mapped, card.changed(), chunks.chunkSize);
  const over = new AbortController();
  const expected = new ExpectedDigests({ base, card, chunks });
  try {
    let writtenAt: string | undefined;
    report.progress({ step: 'permission', done: 0, total: 1 });
    const burned = await parts.driveWriter.burn({
      plan,
      planDigest: digest,
      imagePath,
      delta: card.changed(),
      readDelta: (offset, length) => readBytes(card, offset, length),
      pieces,
      accept: (piece, sha256) => accept(parts, card, expected, piece, sha256),
      signal,
      onWaiting: (text) => report.note(text),
      async beforeErasing() {
        report.progress({ step: 'permission', done: 1, total: 1 });
        await report.ifCutOff(erasingState(target));
      },
      async afterErasing() {
        // Not before: nothing else is to wait for it, and the writer is now busy for a while.
        expected.begin(pieces, AbortSignal.any([signal, over.signal]));
        await report.ifCutOff(unfinishedState(target));
      },
      beforeHead: () => report.ifCutOff(bootingState(target)),
      onProgress(progress) {
        if (progress.step === 'verify') writtenAt ??= parts.clock.now().toISOString();
        report.progress(progress);
      },
    });
    // A journal that cannot take it has said so in the log, and is no reason to fail a card that is proven.
    await report.ifCutOff(provenState(target)).catch(() => undefined);
    const verifiedAt = parts.clock.now().toISOString();
    const { writtenBytes, verifiedBytes, ranges, ejected } = burned;
    return {
      target: burned.target,
      written: { writtenBytes, verifiedBytes, ranges: [...ranges] },
      readFromMedium: true,
      ejected,
      writtenAt: writtenAt ?? verifiedAt,
      verifiedAt,
    };
  } finally {
    over.abort();
    await expected.settled();
    base.close();
  }
}

async function accept(
  parts: Pick<CardServiceParts, 'secrets'>,
  card: CardImage,
  expected: ExpectedDigests,
  piece: ByteRange,
  sha256: string,
): Promise<VerifiedRange> {
  if ((await expected.of(piece)) !== sha256) {
    // It was written from the cached copy: if that is not the golden image any more, the drive is not to blame.
    expected.checkBase(piece);
    throw mismatch(piece);
  }
  if (!expected.isChanged(piece)) return { ...piece, digest: `sha256:${sha256}` };
  // The same bytes, under the key: a plain digest of a secret can be guessed.
  const hash = await parts.secrets.keyedHash();
  hash.update(readBytes(card, piece.offset, piece.length));
  return { ...piece, digest: hash.digest() };
}

function readBytes(card: CardImage, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  card.read(bytes, offset);
  return bytes;
}

function mismatch({ offset, length }: ByteRange): Problem {
  return new Problem('VERIFY_MISMATCH', {
    what: `What was read back differs from what was written, between byte ${offset} and byte ${offset + length}.`,
    state: '',
    next: 'Burn it again; if it happens again, use another card or reader.',
  });
}
