import { execFileSync } from 'node:child_process';
import type { TestContext } from 'vitest';
import { requireTools, unproven } from './required-tools.ts';

/**
 * Before a program and its arguments: it runs as nobody, who has no rights on this machine. Unlike an effective user
 * (plain-user.ts) it is one that access(2) and polkit see too.
 */
export const asNobody: readonly [string, ...string[]] = [
  'setpriv',
  '--reuid=65534',
  '--regid=65534',
  '--clear-groups',
  '--',
];

/** Skips loudly where nobody cannot run our programs, which are in `file`'s checkout. */
export function requireNobody(context: TestContext, file: string): void {
  if (process.getuid?.() !== 0) unproven(context, 'needs root, to become nobody');
  requireTools(context, 'setpriv');
  try {
    const [program, ...parameters] = asNobody;
    execFileSync(program, [...parameters, process.execPath, '--check', file], { stdio: 'ignore' });
  } catch {
    unproven(context, 'needs a checkout and a Node that every user can read');
  }
}
