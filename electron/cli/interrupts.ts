const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Ctrl-C, `kill` and a closed terminal. The first one asks: `signal` aborts, and what runs comes to an orderly end. The
 * second leaves at once.
 */
export interface Interrupts {
  /** Aborted by the first. */
  readonly signal: AbortSignal;
  /** What the second one says is left behind; kept up to date by whatever runs. */
  stateLeft: string;
  stop(): void;
}

export function watchInterrupts(source: NodeJS.Process, leave: (stateLeft: string) => void): Interrupts {
  const controller = new AbortController();
  const interrupts: Interrupts = {
    signal: controller.signal,
    stateLeft: 'Nothing was written.',
    stop() {
      for (const name of signals) source.off(name, onSignal);
    },
  };
  function onSignal() {
    if (controller.signal.aborted) leave(interrupts.stateLeft);
    else controller.abort();
  }
  for (const name of signals) source.on(name, onSignal);
  return interrupts;
}
