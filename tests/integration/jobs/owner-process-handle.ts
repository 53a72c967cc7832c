import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Answer, Question } from './owner-process.ts';

export interface OwnerProcess {
  readonly pid: number;
  ask(question: Question): Promise<Answer>;
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>;
}

/**
 * Starts owner-process.ts as a process of its own. With `fileLimitKiB` its files cannot grow beyond that, as on a disk
 * that is full; `prlimit` lifts it again.
 */
export async function startOwner(folder: string, fileLimitKiB?: number): Promise<OwnerProcess> {
  const program = fileURLToPath(new URL('owner-process.ts', import.meta.url));
  const command = [process.execPath, program, folder];
  const limited = ['bash', '-c', `ulimit -S -f ${fileLimitKiB} && exec "$0" "$@"`, ...command];
  const [file = '', ...args] = fileLimitKiB === undefined ? command : limited;
  const child = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const exited = once(child, 'exit');
  const failed = exited.then((): never => {
    throw new Error(`process ${child.pid} ended before it answered`);
  });
  failed.catch(() => undefined);
  await Promise.race([once(child, 'message'), failed]);
  return {
    pid: child.pid ?? 0,
    async ask(question) {
      const answered = once(child, 'message');
      child.send(question);
      const [answer] = await Promise.race([answered, failed]);
      return answer;
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
