import { inTime } from '../../in-time.ts';
import { rootIdOf } from './markers.ts';

/** Whoever looks at a page waits no longer for a side than this, milliseconds. */
const defaultPatience = 3000;
/**
 * A look at a mount whose server is gone never ends, and keeps one of the four threads that all of this process's work on
 * files goes through: so many are left to such mounts at most.
 */
const mostLooks = 2;

/** The ids in the markers of roots, for who only looks and must not be kept waiting. */
export interface RootIds {
  /** As {@link rootIdOf}; `undefined` as well where nothing answers in time. */
  of(root: string): Promise<string | undefined>;
}

/** One for all that look: a root that does not answer is not asked again before it has, however often somebody looks. */
export function createRootIds({ patience = defaultPatience }: { readonly patience?: number } = {}): RootIds {
  const looks = new Map<string, Promise<string | undefined>>();
  const waiting: (() => void)[] = [];
  let underWay = 0;

  async function lookInTurn(root: string): Promise<string | undefined> {
    if (underWay === mostLooks) await new Promise<void>((turn) => waiting.push(turn));
    else underWay += 1;
    try {
      return await rootIdOf(root);
    } finally {
      looks.delete(root);
      const next = waiting.shift();
      // The place is handed on, and taken by nobody between.
      if (next === undefined) underWay -= 1;
      else next();
    }
  }

  return {
    async of(root) {
      const known = looks.get(root) ?? lookInTurn(root);
      looks.set(root, known);
      return inTime(known, patience);
    },
  };
}
