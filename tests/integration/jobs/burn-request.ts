import type { JobRequest } from '../../../electron/services/jobs/job-registry.ts';
import type { JobEvent, JobReport } from '../../../shared/schemas/job.ts';

export const imageReport: JobReport = { kind: 'image', name: 'demo', rawSha256: '0'.repeat(64), size: 42 };

/** A job with the steps of a burn that does what `run` says. */
export function burn(subject: string, run: JobRequest['run']): JobRequest {
  return {
    kind: 'card-burn',
    title: 'Burn titan-13',
    subject,
    ifCutOff: 'Nothing was written yet.',
    steps: [
      { id: 'write', label: 'Write the card', unit: 'bytes', weight: 3, pull: 'The card is useless.' },
      { id: 'verify', label: 'Read it back', unit: 'bytes', weight: 1 },
    ],
    run,
  };
}

/** All that a job says, to its end. */
export async function collect(events: AsyncIterable<JobEvent>): Promise<JobEvent[]> {
  const all: JobEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}
