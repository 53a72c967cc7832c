import { Worker } from 'node:worker_threads';

export type ThreadProgram = 'survey' | 'apply';

/**
 * Starts a thread of a sync. Its program is a file of its own: from sources sync-thread.ts, whose types Node strips (so that
 * everything it imports has to be TypeScript that can be stripped), and in the build sync-thread.js beside the entries.
 */
export function startThread(program: ThreadProgram, data: object): Worker {
  return new Worker(new URL(programFile(import.meta.url), import.meta.url), {
    workerData: { ...data, program },
    execArgv: [],
  });
}

function programFile(from: string): string {
  if (from.endsWith('.ts')) return './sync-thread.ts';
  return from.includes('/chunks/') ? '../sync-thread.js' : './sync-thread.js';
}
