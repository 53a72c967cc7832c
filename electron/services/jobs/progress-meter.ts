import type { Progress, StepDefinition, StepProgress } from '../../../shared/progress.ts';

/** Works out rate, time left and overall share from what a run counts. Pure: time is handed in, in milliseconds. */
export interface ProgressMeter {
  /** `at` comes from a clock that never goes back. */
  update(step: StepProgress, at: number): Progress;
  /** The last one; before any update the first step, not begun. */
  current(): Progress;
}

/** The rate is measured over this long. */
const windowMilliseconds = 5_000;
/** A rate from a shorter stretch would jump about. */
const shortestStretchMilliseconds = 500;
/** Samples closer together than this replace each other, so that a run may count as often as it likes. */
const sampleSpacingMilliseconds = 100;

interface Sample {
  readonly at: number;
  readonly done: number;
}

/**
 * `overall` is the weighted share of all steps. Steps come in the order of their definition: when one begins, those
 * before it are over, also the skipped ones; it never goes back. `etaSeconds` is what is left of the current step.
 */
export function createProgressMeter(steps: readonly StepDefinition[]): ProgressMeter {
  const [first] = steps;
  const totalWeight = steps.reduce((sum, step) => sum + step.weight, 0);
  if (!first || !(totalWeight > 0)) throw new Error('a job needs at least one step with a weight');

  let current = report(first, { step: first.id, done: 0, total: 0 }, 0, undefined);
  let samples: Sample[] = [];

  function rateAt(step: StepProgress, at: number): number | undefined {
    const last = samples.at(-1);
    if (step.step !== current.step || (last && step.done < last.done)) samples = [];
    const beforeLast = samples.at(-2);
    if (last && beforeLast && last.at - beforeLast.at < sampleSpacingMilliseconds) samples.pop();
    samples.push({ at, done: step.done });
    // One sample from before the window stays: the stretch from it to now covers the whole window.
    while (samples.length > 2 && at - (samples[1]?.at ?? at) >= windowMilliseconds) samples.shift();
    const oldest = samples[0];
    if (!oldest || at - oldest.at < shortestStretchMilliseconds) return undefined;
    return ((step.done - oldest.done) * 1000) / (at - oldest.at);
  }

  return {
    update(step, at) {
      const index = steps.findIndex(({ id }) => id === step.step);
      const definition = steps[index];
      if (!definition) throw new Error(`the job has no step '${step.step}'`);
      if (!(step.done >= 0 && step.total >= 0 && Number.isFinite(step.done + step.total))) {
        throw new Error(`step '${step.step}' counts ${step.done} of ${step.total}`);
      }
      const before = steps.slice(0, index).reduce((sum, { weight }) => sum + weight, 0);
      const share = step.total > 0 ? Math.min(1, step.done / step.total) : 0;
      const overall = Math.min(
        1,
        Math.max(current.overall, (before + share * definition.weight) / totalWeight),
      );
      current = report(definition, step, overall, rateAt(step, at));
      return current;
    },
    current: () => current,
  };
}

function report(
  definition: StepDefinition,
  { done, total, lanes }: StepProgress,
  overall: number,
  rate: number | undefined,
): Progress {
  return {
    step: definition.id,
    label: definition.label,
    done,
    total,
    unit: definition.unit,
    ...(rate === undefined ? {} : { rate }),
    ...(rate ? { etaSeconds: Math.max(0, total - done) / rate } : {}),
    overall,
    ...(definition.pull === undefined ? {} : { pull: definition.pull }),
    ...(lanes === undefined ? {} : { lanes }),
  };
}
