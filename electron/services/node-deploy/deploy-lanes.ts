import type { Lane } from '../../../shared/progress.ts';
import type { JobReporter } from '../jobs/job-registry.ts';

/** What a deploy shows while it runs: a lane for each node of the plan, in its order, in every report. */
export class DeployLanes {
  private readonly lanes: Map<string, Lane>;
  private readonly report: Pick<JobReporter, 'progress'>;
  private step = 'record';
  private done = 0;
  private total = 1;

  constructor(nodes: readonly string[], report: Pick<JobReporter, 'progress'>) {
    this.lanes = new Map(nodes.map((name) => [name, { name, state: 'waiting', label: 'waits' }]));
    this.report = report;
  }

  begin(step: string, total: number): void {
    this.step = step;
    this.done = 0;
    this.total = total;
    this.tell();
  }

  advance(): void {
    this.done = Math.min(this.total, this.done + 1);
    this.tell();
  }

  /** The deadline stays as it is while the node would still go back by itself. */
  set(name: string, state: Lane['state'], label: string): void {
    const deadline = isOver(state) ? undefined : this.lanes.get(name)?.deadline;
    this.lanes.set(name, { name, state, label, ...(deadline === undefined ? {} : { deadline }) });
    this.tell();
  }

  armed(name: string, deadline: Date): void {
    const label = 'is armed: it goes back by itself unless this is confirmed';
    this.lanes.set(name, { name, state: 'armed', label, deadline: deadline.toISOString() });
    this.tell();
  }

  private tell(): void {
    const { step, done, total } = this;
    this.report.progress({ step, done, total, lanes: [...this.lanes.values()].slice(0, 64) });
  }
}

function isOver(state: Lane['state']): boolean {
  return state === 'done' || state === 'taken-back';
}
