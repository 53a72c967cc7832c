import { Problem } from '../../shared/problem.ts';

/** What is planned is not what is there. */
export function planChanged(what: string): Problem {
  return new Problem('PLAN_CHANGED', {
    what,
    state: 'Nothing was written.',
    next: 'Plan again and review it.',
  });
}

/**
 * What the app is told of what it cannot have meant, or of a fault of the writer's own, which goes to stderr. As long as
 * nobody says otherwise, nothing was written.
 */
export function misunderstood(cause: unknown): Problem {
  console.error(cause);
  return new Problem(
    'WRITER_DIED',
    {
      what: 'The writer and Sifaka do not understand each other.',
      state: 'Nothing was written.',
      next: 'Install Sifaka again, so that both are of one version.',
    },
    { cause },
  );
}
