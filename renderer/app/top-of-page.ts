import { useEffect, useRef } from 'react';
import type { Route } from './route.ts';

/** On entries of the history that were seen: who goes back to one finds it where it was left, as the browser has it. */
const seen = { sifakaSeen: true } as const;

/** A page that is gone to for the first time is read from its top, however far down the one before was. */
export function useTopOfPage(route: Route): void {
  const shown = useRef<Route>(undefined);
  useEffect(() => {
    if (shown.current === route) return;
    shown.current = route;
    if (isSeen(window.history.state)) return;
    window.history.replaceState(seen, '');
    window.scrollTo(0, 0);
  }, [route]);
}

function isSeen(state: unknown): boolean {
  return typeof state === 'object' && state !== null && 'sifakaSeen' in state;
}
