export interface Looking {
  readonly milliseconds: number;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Hears of what a look threw. */
  readonly failed: (error: unknown) => void;
}

/** Looks again and again, never twice at the same time. It does not keep the process alive. */
export function lookRegularly(look: () => Promise<unknown>, { milliseconds, signal, failed }: Looking): void {
  let isLooking = false;
  const timer = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    look()
      .catch(failed)
      .finally(() => (isLooking = false));
  }, milliseconds);
  timer.unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  if (signal.aborted) clearInterval(timer);
}
