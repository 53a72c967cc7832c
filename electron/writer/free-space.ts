import type { FreeSpace } from '../../shared/schemas/card.ts';
import type { ByteRange } from '../imaging/block-source.ts';
import { subtractRanges, roundOutwards } from '../imaging/byte-ranges.ts';
import { Problem, cancelled } from '../../shared/problem.ts';
import { allocateAligned } from '../imaging/aligned-buffer.ts';
import type { DeviceLimits } from './device-limits.ts';
import type { HeldDrive } from './held-drive.ts';
import { runProgram } from './run-program.ts';

/** What of the drive neither the card nor the erased ends take up: sorted, disjoint, aligned. */
export function freeRanges(
  size: number,
  used: readonly ByteRange[],
  { alignment }: DeviceLimits,
): ByteRange[] {
  return subtractRanges([{ offset: 0, length: size }], roundOutwards(used, alignment, size));
}

/**
 * Tells the drive that nothing from this offset on is needed any more. What it answers there afterwards is its own choice,
 * what was there before included. DRIVE_FAILED, CANCELLED.
 */
export async function discardAll(drive: HeldDrive, from: number, signal: AbortSignal): Promise<void> {
  // The drive is held by this process, and blkdiscard(8) would refuse one that is. Its path may be another's by now.
  const { code, words } = await runProgram(
    'blkdiscard',
    ['--force', '--offset', String(from), '--', '/proc/self/fd/3'],
    { signal, descriptor: drive.handle.fd },
  );
  if (signal.aborted) throw cancelled('');
  if (code === 0) return;
  throw new Problem('DRIVE_FAILED', {
    what: `The drive did not discard what is on it: ${words}`,
    state: '',
    next: 'Plan again, and keep or overwrite the free space instead.',
  });
}

/** Writes zeros over the ranges and reads them back. DRIVE_FAILED, VERIFY_MISMATCH, CANCELLED. */
export async function overwrite(options: {
  drive: HeldDrive;
  limits: DeviceLimits;
  ranges: readonly ByteRange[];
  signal: AbortSignal;
  step: 'write' | 'verify';
  onProgress: (bytes: number) => void;
}): Promise<void> {
  const { drive, limits, ranges, signal, step, onProgress } = options;
  const buffer = allocateAligned(limits.requestSize);
  const zeros = Buffer.alloc(step === 'verify' ? limits.requestSize : 0);
  let done = 0;
  for (const { offset, length } of ranges) {
    for (let at = 0; at < length; at += limits.requestSize) {
      if (signal.aborted) throw cancelled('');
      const part = buffer.subarray(0, Math.min(limits.requestSize, length - at));
      if (step === 'write') await drive.write(part, offset + at);
      else {
        await drive.read(part, offset + at);
        if (!part.equals(zeros.subarray(0, part.length))) throw notOverwritten(offset + at);
      }
      done += part.length;
      onProgress(done);
    }
  }
}

/** Bytes that both passes of a policy will take, for the progress. */
export function overwriteBytes(freeSpace: FreeSpace, ranges: readonly ByteRange[]): number {
  return freeSpace === 'overwrite' ? ranges.reduce((sum, { length }) => sum + length, 0) : 0;
}

function notOverwritten(offset: number): Problem {
  return new Problem('VERIFY_MISMATCH', {
    what: `Free space was overwritten, but reads back as something else near byte ${offset}.`,
    state: '',
    next: 'Burn again; if it happens again, use another card, and destroy this one if it held secrets.',
  });
}
