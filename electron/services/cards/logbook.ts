import { asProblem } from '../../../shared/problem.ts';
import type { JobReporter } from '../jobs/job-registry.ts';
import type { LabFolder, NewChangelogEntry } from '../lab/lab-folder.ts';

/** Appends to the lab's logbook. A lab that cannot be written does not undo what was proven: the job says so instead. */
export async function noteInLogbook(
  lab: LabFolder,
  report: JobReporter,
  entry: Omit<NewChangelogEntry, 'project'>,
): Promise<void> {
  try {
    await lab.appendToLogbook({ project: 'cards', ...entry });
  } catch (error) {
    const problem = asProblem(error);
    if (problem === undefined) throw error;
    report.note(`The logbook was not written: ${problem.data.what} ${problem.data.next}`);
  }
}
