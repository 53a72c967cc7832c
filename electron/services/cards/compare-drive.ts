import type { Receipt, Target } from '../../../shared/schemas/card.ts';
import type { ByteRange } from '../../imaging/block-source.ts';
import type { DigestComparison } from '../../imaging/verify.ts';
import type { CardServiceParts } from './card-service.ts';

/**
 * Compares a real drive with the digests of a receipt. The elevated writer reads it; what is under the key comes over as
 * bytes, since the key stays here. A drive that ends before a range does differs there.
 */
export async function compareDrive(
  parts: Pick<CardServiceParts, 'driveWriter' | 'secrets'>,
  target: Target,
  ranges: Receipt['ranges'],
  {
    signal,
    onWaiting,
    onProgress,
  }: {
    signal: AbortSignal;
    onWaiting: (text: string) => void;
    onProgress: (done: number, total: number) => void;
  },
): Promise<DigestComparison> {
  const inside = ranges.filter(({ offset, length }) => offset + length <= target.size);
  const digests = new Map(inside.map(({ offset, digest }) => [offset, digest]));
  const mismatches: ByteRange[] = ranges
    .filter(({ offset, length }) => offset + length > target.size)
    .map(({ offset, length }) => ({ offset, length }));
  let verifiedBytes = 0;
  await parts.driveWriter.read({
    target,
    pieces: inside.map(({ offset, length, digest }) => ({
      offset,
      length,
      content: !digest.startsWith('sha256:'),
    })),
    signal,
    async onPiece({ offset, length }, answer) {
      const found = 'sha256' in answer ? `sha256:${answer.sha256}` : await keyed(parts, answer.bytes);
      if (found === digests.get(offset)) verifiedBytes += length;
      else mismatches.push({ offset, length });
    },
    onWaiting,
    onProgress,
  });
  return { verifiedBytes, mismatches };
}

async function keyed(parts: Pick<CardServiceParts, 'secrets'>, bytes: Uint8Array): Promise<string> {
  const hash = await parts.secrets.keyedHash();
  hash.update(bytes);
  return hash.digest();
}
