import { Problem } from '../../../../shared/problem.ts';
import type { JobReporter, JobRequest } from '../../jobs/job-registry.ts';
import type { SyncPlan } from '../engine/sync-plan.ts';
import { type SyncRunEvent, type SyncRunPorts, syncRunSteps } from '../runs/run-ports.ts';
import { runSync } from '../runs/run-sync.ts';
import type { LabDirection } from './lab-pairs.ts';

/** Does what a plan that was shown has, and nothing else. One run of a pair at a time, whichever way. */
export function syncJob(
  { name, direction, logFolder, request }: LabDirection,
  ports: SyncRunPorts,
  { digest, plan }: { readonly digest: string; readonly plan: SyncPlan },
): JobRequest {
  return {
    kind: 'sync-run',
    title: `Sync ${name} from ${direction.from} to ${direction.to}`,
    subject: `${logFolder}#sync-${name}`,
    planDigest: digest,
    ifCutOff: 'Nothing was changed.',
    steps: syncRunSteps,
    async run({ signal, report }) {
      const events = inOrderOf(report);
      const { report: done } = await runSync(request, ports, {
        signal: AbortSignal.any([signal, events.unsaid]),
        reviewed: plan,
        tell: events.hear,
      });
      await events.said();
      if (done.problem === undefined) return done;
      const { code, ...problem } = done.problem;
      return { done, problem: new Problem(code, problem) };
    },
  };
}

/** More than these are counted in the report, and not each a line of the journal. */
const notedNotices = 50;

/** Passes on what a run says. What a cut-off would leave is durable one after the other, in their order. */
function inOrderOf(report: JobReporter) {
  const unsaid = new AbortController();
  let saying: Promise<void> = Promise.resolve();
  let noticed = 0;
  const sayIfCutOff = async (before: Promise<void>, state: string): Promise<void> => {
    try {
      await before;
      await report.ifCutOff(state);
    } catch (error) {
      // Nothing more is done that no journal could tell of.
      unsaid.abort(error);
    }
  };
  const hear = (event: SyncRunEvent): void => {
    if (event.type === 'progress') report.progress(event.progress);
    else if (event.type === 'note') report.note(event.text);
    else if (event.type === 'notice' && ++noticed <= notedNotices)
      report.note(`${event.notice.filepath}: ${event.notice.text}`);
    else if (event.type === 'if-cut-off') saying = sayIfCutOff(saying, event.state);
  };
  const said = async (): Promise<void> => {
    await saying;
    unsaid.signal.throwIfAborted();
  };
  return { hear, said, unsaid: unsaid.signal };
}
