import { asProblem, cancelled, Problem, type ProblemRecord } from '../../../../shared/problem.ts';
import type { BackupTarget } from '../../../../shared/schemas/backup-policy.ts';
import type { BackupRecord } from '../../../../shared/schemas/backup-record.ts';
import type { JobReport } from '../../../../shared/schemas/job.ts';
import type { JobReporter } from '../../jobs/job-registry.ts';
import { archivePath, writeRecordBeside } from '../node/archive-place.ts';
import type { BackupParts } from '../parts.ts';
import { isPruned } from '../records/is-pruned.ts';
import { makeCopies, missingCopies } from '../run/copies.ts';
import { definedTargets } from '../targets/lab-targets.ts';

/** For so long a copy to a folder of the node is left to the agent, which tries every hour. */
const agentsOwnMilliseconds = 24 * 60 * 60 * 1000;

/** What agents made and what has not all of its copies yet, the oldest first. */
export async function uncopied(parts: BackupParts): Promise<BackupRecord[]> {
  const targets = await definedTargets(parts.lab);
  const records = await parts.records.all();
  const now = parts.clock.now();
  return records.filter((record) => isUncopied(record, targets, now)).toReversed();
}

/** Pure. A target that is no more in the cluster file gets nothing. */
export function isUncopied(
  record: BackupRecord,
  targets: ReadonlyMap<string, Pick<BackupTarget, 'kind'>>,
  now: Date,
): boolean {
  if (record.by !== 'agent' || isPruned(record)) return false;
  const isFresh = now.getTime() - Date.parse(record.endedAt) < agentsOwnMilliseconds;
  return missingCopies(record).some((name) => {
    const kind = targets.get(name)?.kind;
    return kind !== undefined && !(kind === 'node-folder' && isFresh);
  });
}

/**
 * The job that makes the copies which agents have no keys for. It goes on where an earlier one stopped. TARGET_IN_USE when
 * one runs, in whichever process.
 */
export async function startAgentCopies(
  parts: BackupParts,
  records: readonly BackupRecord[],
): Promise<string> {
  return parts.jobs.start({
    kind: 'backup-run',
    title: `Copy what the agents made: ${records.length === 1 ? '1 backup' : `${records.length} backups`}`,
    subject: `${parts.lab.root}#agents' copies`,
    ifCutOff: 'What is half copied is not called a copy, and the next one goes on with it.',
    steps: [{ id: 'copy', label: 'Copying to the targets', unit: 'bytes', weight: 1 }],
    run: ({ signal, report }) => copyAll(parts, records, signal, report),
  });
}

/** What fails is in its record, and the others are copied all the same; in the end the first that failed is thrown. */
async function copyAll(
  parts: BackupParts,
  records: readonly BackupRecord[],
  signal: AbortSignal,
  report: JobReporter,
): Promise<JobReport> {
  const total = records.reduce((sum, { sizeBytes = 0, copies }) => sum + sizeBytes * copies.length, 0);
  const { destinations } = await parts.ssh.ways();
  const copied: BackupRecord[] = [];
  const failed: { readonly address: string; readonly problem: ProblemRecord }[] = [];
  let before = 0;
  for (const record of records) {
    if (signal.aborted) throw cancelled('Copies that were made stay; the next collection goes on.');
    const address = `${record.guest.node}/${record.guest.vmid}`;
    try {
      const destination = destinations.toNode(record.guest.node);
      const { record: now, problems } = await makeCopies({
        parts,
        destination,
        record,
        signal,
        say: () => undefined,
        // oxlint-disable-next-line no-loop-func -- called only while this turn runs
        copied: (bytes) => report.progress({ step: 'copy', done: Math.min(total, before + bytes), total }),
      });
      failed.push(...problems.map((problem) => ({ address, problem })));
      copied.push(now);
      const path = await archivePath(parts.ssh, destination, now, signal);
      await writeRecordBeside(parts.ssh, destination, path, now, signal);
    } catch (error) {
      const problem = asProblem(error);
      if (problem === undefined || problem.code === 'CANCELLED' || signal.aborted) throw error;
      failed.push({ address, problem: problem.toRecord() });
    }
    before += (record.sizeBytes ?? 0) * record.copies.length;
    report.progress({ step: 'copy', done: Math.min(total, before), total });
  }
  const [first] = failed;
  if (first === undefined) return { kind: 'backup-run', backups: copied };
  for (const { address, problem } of failed) report.note(`${address}: ${problem.what}`);
  const { code, ...data } = first.problem;
  throw new Problem(code, {
    ...data,
    what: `Not everything was copied. ${first.address}: ${data.what}`,
    state: 'The backups are there, and what was copied stays; the next collection goes on with the rest.',
  });
}
