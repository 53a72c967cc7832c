import type { ChildProcess } from 'node:child_process';

/** How a child ended; `failure` when it could not be started at all. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The beginning of what it said on stderr: for the log, never for the screen. */
  readonly said: string;
  readonly failure: Error | undefined;
}

const saidBytes = 8 << 10;

/** Resolves when the child has ended and its stderr is read; never rejects. */
export function childEnd(child: ChildProcess): Promise<ChildEnd> {
  const said: Buffer[] = [];
  let held = 0;
  // Read to its end also when it is more than is kept: a full pipe would hold the child up.
  child.stderr?.on('data', (chunk: Buffer) => {
    if (held >= saidBytes) return;
    said.push(chunk.subarray(0, saidBytes - held));
    held += chunk.length;
  });
  return new Promise((resolve) => {
    const end = (code: number | null, signal: NodeJS.Signals | null, failure?: Error): void =>
      resolve({ code, signal, said: Buffer.concat(said).toString(), failure });
    // Also reports that a signal could not be sent (EPERM, to one that runs as root): it is still running then.
    child.on('error', (error) => {
      if (child.pid === undefined) end(null, null, error);
    });
    child.once('close', (code, signal) => end(code, signal));
  });
}
