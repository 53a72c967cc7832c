import type { MapProgress } from '../../components/block-map-cells.ts';
import type { JobView } from '../../jobs/job-view.ts';

/** The steps of a card job that go through the card itself, by id. */
const writingStep = 'write';
const readingStep = 'verify';

/**
 * How much of the card's map is written and read back. A verifying job reads what an earlier one wrote. When a job ends
 * without its proof, nothing it had read back counts.
 */
export function mapProgress(view: JobView): MapProgress {
  const share = (id: string) => {
    const step = view.steps.find((one) => one.step === id);
    return step && step.total > 0 ? Math.min(1, step.done / step.total) : 0;
  };
  const read = view.ended?.outcome === 'done' ? 1 : share(readingStep);
  const written = view.started?.kind === 'card-verify' || read > 0 ? 1 : share(writingStep);
  const unproven = view.ended !== undefined && view.ended.outcome !== 'done';
  return { written, verified: unproven ? 0 : read };
}
