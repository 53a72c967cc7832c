import type { Lane } from '../../../../shared/progress.ts';
import type { CheckFinding, PairResult } from '../../../../shared/schemas/bridge.ts';
import type { JobReporter } from '../../jobs/job-registry.ts';

/** What of a job a check needs. */
export type CheckReporter = Pick<JobReporter, 'progress'>;

/** What a job shows of a check while it runs: a lane for each node. */
export class CheckLanes {
  private readonly lanes: Map<string, Lane>;
  private readonly report: CheckReporter | undefined;
  private readonly ofNode = new Map<string, { tried: number; failed: number }>();
  private step = 'look';
  private done = 0;
  private total = 0;

  constructor(nodes: readonly string[], report: CheckReporter | undefined) {
    this.lanes = new Map(nodes.map((name) => [name, { name, state: 'waiting', label: 'waits' }]));
    this.report = report;
  }

  looking(): void {
    for (const name of this.lanes.keys()) this.set(name, 'running', 'is asked for its bridge');
    this.begin('look', this.lanes.size);
  }

  pinging(pairs: number): void {
    for (const name of this.lanes.keys()) this.set(name, 'running', 'sends full frames');
    this.begin('ping', pairs);
  }

  tried({ from, passed }: PairResult): void {
    const { tried, failed } = this.ofNode.get(from) ?? { tried: 0, failed: 0 };
    const now = { tried: tried + 1, failed: failed + (passed ? 0 : 1) };
    this.ofNode.set(from, now);
    const failures = now.failed === 0 ? '' : `, ${now.failed} without an answer`;
    this.set(from, 'running', `${now.tried} of ${this.lanes.size - 1} nodes tried${failures}`);
    this.advance();
  }

  measuring(pairs: number): void {
    this.begin('throughput', pairs);
  }

  measured({ from, to }: PairResult): void {
    this.set(from, 'running', `measured to ${to}`);
    this.advance();
  }

  judged(pairs: readonly PairResult[], findings: readonly CheckFinding[]): void {
    for (const name of this.lanes.keys()) {
      const failed = pairs.filter(({ from, passed }) => from === name && !passed).length;
      const fault = findings.find(({ severity, node }) => severity === 'failure' && node === name);
      if (fault !== undefined) this.set(name, 'failed', fault.what);
      else if (failed > 0)
        this.set(
          name,
          'failed',
          `${failed === 1 ? '1 node does' : `${failed} nodes do`} not answer full frames`,
        );
      else this.set(name, 'proven', 'its part is right, and every node answers it');
    }
    this.tell();
  }

  private set(name: string, state: Lane['state'], label: string): void {
    this.lanes.set(name, { name, state, label });
  }

  private begin(step: string, total: number): void {
    this.step = step;
    this.done = 0;
    this.total = total;
    this.tell();
  }

  private advance(): void {
    this.done += 1;
    this.tell();
  }

  private tell(): void {
    const { step, done, total } = this;
    this.report?.progress({ step, done, total, lanes: [...this.lanes.values()].slice(0, 64) });
  }
}
