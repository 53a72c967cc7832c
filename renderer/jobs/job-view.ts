import type { ProblemRecord } from '../../shared/problem.ts';
import type { Progress } from '../../shared/progress.ts';
import type { JobEvent, JobReport, JobSummary } from '../../shared/schemas/job.ts';

type Started = Extract<JobEvent, { type: 'started' }>;

/** What a job's events add up to. */
export interface JobView {
  readonly started?: Started;
  /** The newest report of every step that was seen, in their order. */
  readonly steps: readonly Progress[];
  readonly notes: readonly { readonly at: string; readonly text: string }[];
  /** What the target is like if nothing more is ever heard. */
  readonly ifCutOff?: string;
  readonly ended?: {
    readonly at: string;
    readonly outcome: Exclude<JobSummary['state'], 'running'>;
    readonly report?: JobReport;
    readonly problem?: ProblemRecord;
  };
}

export const emptyJobView: JobView = { steps: [], notes: [] };

/** Adds one event. Pure: the same journal gives the same view, live or after a reload. */
export function addJobEvent(view: JobView, event: JobEvent): JobView {
  if (event.type === 'started') return { ...view, started: event, ifCutOff: event.ifCutOff };
  if (event.type === 'note') return { ...view, notes: [...view.notes, { at: event.at, text: event.text }] };
  if (event.type === 'progress') {
    return {
      ...view,
      steps: withStep(view.steps, event.progress),
      ...(event.ifCutOff !== undefined && { ifCutOff: event.ifCutOff }),
    };
  }
  return {
    ...view,
    ended: {
      at: event.at,
      outcome: event.outcome,
      ...(event.report && { report: event.report }),
      ...(event.problem && { problem: event.problem }),
    },
  };
}

function withStep(steps: readonly Progress[], progress: Progress): Progress[] {
  const known = steps.some((step) => step.step === progress.step);
  return known ? steps.map((step) => (step.step === progress.step ? progress : step)) : [...steps, progress];
}

/** The step that is worked on now. */
export function currentStep(view: JobView): Progress | undefined {
  return view.steps.at(-1);
}
