const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Milliseconds in which one signal that comes twice is one: whoever ends a group of processes reaches npx, which hands it on. */
const sameSignal = 500;

/**
 * Ctrl-C, `kill` and a closed terminal. The first one asks: `signal` aborts, what runs comes to an orderly end, and it is
 * said at once that the second leaves at once: what runs need not be watching.
 */
export interface Interrupts {
  /** Aborted by the first. */
  readonly signal: AbortSignal;
  /** What the second one says is left behind; kept up to date by whatever runs. */
  stateLeft: string;
  stop(): void;
}

export function watchInterrupts(
  source: Pick<NodeJS.Process, 'on' | 'off'>,
  { stopping, leave }: { stopping: () => void; leave: (stateLeft: string) => void },
  now: () => number = () => performance.now(),
): Interrupts {
  const controller = new AbortController();
  const interrupts: Interrupts = {
    signal: controller.signal,
    stateLeft: 'Nothing was written.',
    stop() {
      for (const name of signals) source.off(name, onSignal);
    },
  };
  let first: { readonly name: string; readonly at: number } | undefined;
  function onSignal(name: string) {
    if (first !== undefined) {
      const isSame = name === first.name && now() - first.at < sameSignal;
      if (!isSame) leave(interrupts.stateLeft);
      return;
    }
    first = { name, at: now() };
    stopping();
    controller.abort();
  }
  for (const name of signals) source.on(name, onSignal);
  return interrupts;
}
