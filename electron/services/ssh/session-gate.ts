/**
 * OpenSSH's sshd has ten sessions on a connection unless it is told otherwise (MaxSessions), and refuses the next one.
 * Two are left for ending commands.
 */
const mostSessions = 8;

/** Lets so many commands onto one connection at a time; the others wait, in their order. */
export class SessionGate {
  private free = mostSessions;
  private readonly waiting: (() => void)[] = [];

  /** Throws the signal's reason when it aborts while it waits. */
  async through<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    await this.enter(signal);
    try {
      return await work();
    } finally {
      this.free += 1;
      this.waiting.shift()?.();
    }
  }

  private async enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.free === 0) {
      await new Promise<void>((resolve, reject) => {
        const abort = () => {
          this.waiting.splice(this.waiting.indexOf(enter), 1);
          reject(signal.reason);
        };
        const enter = () => {
          signal.removeEventListener('abort', abort);
          // Taken at once: who comes now must not be in between.
          this.free -= 1;
          resolve();
        };
        this.waiting.push(enter);
        signal.addEventListener('abort', abort, { once: true });
      });
      return;
    }
    this.free -= 1;
  }
}
