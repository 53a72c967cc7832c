import { setTimeout } from 'node:timers/promises';

/**
 * Looks at once, and again whenever `fingerprint` is another: yields what `look` finds, if it differs from the last.
 * Looks once more at the next tick after a change, since the system finds out what is on a new drive a moment after the
 * drive itself. Ends when the signal is aborted, and leaves no timer.
 */
export async function* watchFor<Found>(
  signal: AbortSignal,
  {
    look,
    fingerprint,
    tickMilliseconds,
  }: {
    readonly look: () => Promise<Found>;
    /** Cheap: asked at every tick. */
    readonly fingerprint: () => Promise<string>;
    readonly tickMilliseconds: number;
  },
): AsyncGenerator<Found> {
  let lastFingerprint: string | undefined;
  let lastFound: string | undefined;
  let looksLeft = 0;
  while (!signal.aborted) {
    const now = await fingerprint();
    if (now !== lastFingerprint) looksLeft = 3;
    lastFingerprint = now;
    if (looksLeft > 0) {
      looksLeft -= 1;
      const found = await look();
      if (signal.aborted) return;
      const text = JSON.stringify(found);
      if (text !== lastFound) yield found;
      lastFound = text;
    }
    if (!(await ticked(tickMilliseconds, signal))) return;
  }
}

/** false when it was aborted meanwhile. */
function ticked(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return setTimeout(milliseconds, undefined, { signal }).then(
    () => true,
    () => false,
  );
}
