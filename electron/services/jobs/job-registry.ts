import type { Problem } from '../../../shared/problem.ts';
import type { StepDefinition, StepProgress } from '../../../shared/progress.ts';
import type { JobEvent, JobReport, JobSummary } from '../../../shared/schemas/job.ts';

/** What a running job may say. Every line is written to its journal before anybody sees it. */
export interface JobReporter {
  /** Throttled to a few lines a second; rate, eta and overall share are worked out here. */
  progress(step: StepProgress): void;
  note(text: string): void;
  /** From now on this is what the target is like if the job is cut off; durable when the promise resolves. */
  ifCutOff(state: string): Promise<void>;
}

export interface JobRequest {
  readonly kind: JobSummary['kind'];
  readonly title: string;
  /** The target's canonical path; a second job on the same subject, in any process, is TARGET_IN_USE. */
  readonly subject: string;
  readonly planDigest?: string;
  /** What the subject is like if nothing more is ever heard of this job, at its start. */
  readonly ifCutOff: string;
  readonly steps: readonly StepDefinition[];
  run(context: {
    readonly jobId: string;
    readonly signal: AbortSignal;
    readonly report: JobReporter;
  }): Promise<JobReport | UnfinishedWork>;
}

/** How a job ends that did a part of its work, and failed all the same: the report says what was done. */
export interface UnfinishedWork {
  readonly done: JobReport;
  readonly problem: Problem;
}

/** A job that this process has just started. */
export interface StartedJob {
  readonly id: string;
  readonly kind: JobSummary['kind'];
  readonly title: string;
  readonly subject: string;
  /** Resolves with how it ended; never rejects. */
  readonly finished: Promise<Extract<JobEvent, { type: 'ended' }>>;
}

export interface JobRegistry {
  /** Takes the subject's lock, writes the journal's first line, starts the work in this process and returns its id. */
  start(request: JobRequest): Promise<string>;
  /** Newest first, of all processes. A job whose owner is gone is `cut-off`, with JOB_CUT_OFF naming the state it left. */
  list(): Promise<JobSummary[]>;
  /** From the first line, then live, until `ended`; for a dead owner it ends with a made-up `ended` (cut-off). */
  follow(id: string, options: { signal?: AbortSignal }): AsyncIterable<JobEvent>;
  /** Tells of each job that this process starts from now on, until the signal. */
  onStart(listener: (job: StartedJob) => void, signal: AbortSignal): void;
  /** Through the owner, whichever process that is. */
  cancel(id: string): Promise<void>;
  /** Cancels what this process runs and waits until every journal has its last line. */
  close(): Promise<void>;
}
