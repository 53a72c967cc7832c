import { currentStep, type JobView } from '../../jobs/job-view.ts';

/** What a run that waits for the right to a drive has to say; `undefined` while it waits for nobody. */
export function permissionAsked(view: JobView): { readonly note: string } | undefined {
  const step = currentStep(view);
  if (view.ended || step === undefined) return undefined;
  const note = view.notes.at(-1)?.text;
  // Whoever has the right already is asked nothing.
  if (note === undefined) return undefined;
  if (step.step === 'permission') return step.done < step.total ? { note } : undefined;
  // Reading has no step of its own for it: it says that it waits before it has read a byte.
  const reads = view.started?.kind === 'card-verify';
  return reads && step.done === 0 ? { note } : undefined;
}
