import type { Lane } from '../../shared/progress.ts';
import type { JobView } from './job-view.ts';

/** The lanes as the job said them last; none before its first word. */
export function lanesOf(view: JobView): readonly Lane[] {
  return view.steps.findLast(({ lanes }) => lanes !== undefined)?.lanes ?? [];
}

/** Whole seconds until a node goes back by itself, never below zero. */
export function secondsLeft(deadline: string, now: number): number {
  return Math.max(0, Math.ceil((Date.parse(deadline) - now) / 1000));
}
