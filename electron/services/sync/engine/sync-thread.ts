import { workerData } from 'node:worker_threads';
import type { ThreadProgram } from './start-thread.ts';

const { program }: { program: ThreadProgram } = workerData;

/** The one program of all threads of a sync: a file of its own in the build, which start-thread.ts finds. */
if (program === 'apply') await import('./apply-program.ts');
else await import('./survey-program.ts');
