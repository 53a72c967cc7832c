import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * What takes a minute or more on a small machine, longest first, and those that wait for booted nodes beside those that
 * compute; as their names end.
 */
const longest = [
  'e2e/every-screen.test.ts',
  'bridge/deploy-faults.test.ts',
  'writer/faults-of-the-drive.test.ts',
  'bridge/node-program.test.ts',
  'e2e/desktop/shell.test.ts',
  'writer/faults-of-the-processes.test.ts',
  'e2e/desktop/drive-burn.test.ts',
  'bridge/fault-table.test.ts',
  'writer/faults-of-the-card.test.ts',
  'writer/forged-target.test.ts',
  'bridge/deploy.test.ts',
  'e2e/doors.test.ts',
  'writer/faults-of-the-plug.test.ts',
  'backups/targets-s3.test.ts',
  'backups/restore.test.ts',
  'e2e/desktop/journey.test.ts',
  'writer/forged-messages.test.ts',
  'backups/restore-test.test.ts',
  'e2e/card-job.test.ts',
  'cli/terminal.test.ts',
  'backups/run.test.ts',
  'backups/agent-on-booted-nodes.test.ts',
  'backups/kills.test.ts',
  'backups/failures.test.ts',
  'backups/agent-program.test.ts',
  'bridge/check.test.ts',
  'backups/targets-folders.test.ts',
  'backups/prune.test.ts',
];

/**
 * The order in which files are started, so that no processor is idle: what takes longest comes first, and is not what the
 * others are waited for in the end; and what drives a browser, which mostly waits for it, is beside what computes.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- no array's
    const sorted = await super.sort(files);
    const first = longest.flatMap((name) => sorted.filter(({ moduleId }) => moduleId.endsWith(name)));
    const rest = sorted.filter((file) => !first.includes(file));
    const inBrowser = rest.filter(({ project }) => project.name === 'e2e');
    const others = rest.filter(({ project }) => project.name !== 'e2e');
    const both = Array.from({ length: Math.max(inBrowser.length, others.length) }, (_, index) => [
      ...inBrowser.slice(index, index + 1),
      ...others.slice(index, index + 1),
    ]);
    return [...first, ...both.flat()];
  }
}
