import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { Problem } from '../../../../shared/problem.ts';
import { refused } from '../target-problems.ts';
import type { ChildEnd } from './child-end.ts';
import type { LaunchedProgram } from './writer-process.ts';

/** WRITER_MISSING unless all of it is there. */
export async function checkWriterIsThere({ argv: [program, ...files] }: LaunchedProgram): Promise<void> {
  try {
    await access(program, constants.X_OK);
    for (const file of files) await access(file, constants.R_OK);
  } catch (error) {
    throw writerMissing(error);
  }
}

function writerMissing(cause: unknown): Problem {
  return refused(
    'WRITER_MISSING',
    'The program that writes drives is not where it belongs.',
    'Install Sifaka again; in a checkout, run `npm run build`.',
    cause,
  );
}

/** The writer's own end; it says more over its socket if it can. `undefined`: it did what it was asked to. */
export function writerEndProblem(end: ChildEnd): Problem | undefined {
  if (end.failure) return writerMissing(end.failure);
  if (end.code === 0) return undefined;
  const how = end.signal === null ? `with exit code ${end.code}` : `by the signal ${end.signal}`;
  return new Problem(
    'WRITER_DIED',
    {
      what: `The program that writes the drive was ended ${how}.`,
      state: 'Nothing more is written. If it had begun to erase the drive, the drive does not hold a card.',
      next: 'Try again; if it happens again, look at the kernel’s log (`sudo dmesg`) for the drive.',
    },
    { cause: new Error(end.said === '' ? 'it said nothing' : end.said) },
  );
}
