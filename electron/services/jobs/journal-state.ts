import { Problem } from '../../../shared/problem.ts';
import type { Progress } from '../../../shared/progress.ts';
import type { JobEvent } from '../../../shared/schemas/job.ts';
import { openJournal, parseJobEvent } from './journal.ts';

export type StartedEvent = Extract<JobEvent, { type: 'started' }>;
export type EndedEvent = Extract<JobEvent, { type: 'ended' }>;

/** What a journal says by now. */
export interface JournalState {
  readonly started: StartedEvent;
  readonly progress?: Progress;
  /** The newest word on what the subject is like if nothing more is heard of the job. */
  readonly ifCutOff: string;
  /** Of the newest line. */
  readonly lastHeardAt: string;
  readonly ended?: EndedEvent;
}

/** `undefined` when there is no journal of this id, or what is there is none of ours. */
export async function readJournalState(file: string, id: string): Promise<JournalState | undefined> {
  const reader = await openJournal(file);
  if (!reader) return undefined;
  try {
    // Thousands of lines of progress may lie between the two that matter, so only the newest of each kind are parsed.
    const newest = { any: new NewestLines(), progress: new NewestLines(), ifCutOff: new NewestLines() };
    let started: StartedEvent | undefined;
    let ended: EndedEvent | undefined;
    for await (const line of reader.lines()) {
      if (!started) {
        const event = parseJobEvent(line);
        if (event?.type !== 'started' || event.id !== id) return undefined;
        started = event;
      } else if (startsWith(line, '{"type":"ended"')) {
        const event = parseJobEvent(line);
        if (event?.type !== 'ended') continue;
        ended = event;
        break;
      } else {
        newest.any.add(line);
        if (!startsWith(line, '{"type":"progress"')) continue;
        newest.progress.add(line);
        if (line.includes('"ifCutOff":')) newest.ifCutOff.add(line);
      }
    }
    if (!started) return undefined;
    const progress = newest.progress.find((event) =>
      event.type === 'progress' ? event.progress : undefined,
    );
    const ifCutOff = newest.ifCutOff.find((event) =>
      event.type === 'progress' ? event.ifCutOff : undefined,
    );
    return {
      started,
      ...(progress ? { progress } : {}),
      ifCutOff: ifCutOff ?? started.ifCutOff,
      lastHeardAt: newest.any.find((event) => event.at) ?? started.at,
      ...(ended ? { ended } : {}),
    };
  } finally {
    await reader.close();
  }
}

/**
 * The end of a job whose owner is gone. It is worked out from the journal alone and never written into it: everybody
 * who looks, now or later, from any process or from a read-only copy, gets the same answer.
 */
export function cutOffEnd({ started, progress, ifCutOff, lastHeardAt }: JournalState): EndedEvent {
  const place = progress
    ? `at “${progress.label}”, ${Math.floor(progress.overall * 100)} % of the whole`
    : 'at its start';
  const problem = new Problem('JOB_CUT_OFF', {
    what: `“${started.title}” was cut off: its program ended without a word. It was last heard of on ${inWords(lastHeardAt)}, ${place}.`,
    state: ifCutOff,
    next: 'Start it again when you are ready: it begins anew.',
  });
  return { type: 'ended', at: lastHeardAt, outcome: 'cut-off', problem: problem.toRecord() };
}

/** '2026-03-01 at 14:05 UTC'. */
export function inWords(timestamp: string): string {
  const [date, time = ''] = new Date(timestamp).toISOString().split('T');
  return `${date} at ${time.slice(0, 5)} UTC`;
}

function startsWith(line: Buffer, text: string): boolean {
  return line.subarray(0, text.length).toString('latin1') === text;
}

/** The newest few lines; more than one, because a crash or a full disk may have torn the newest. */
class NewestLines {
  readonly #lines: Buffer[] = [];

  add(line: Buffer): void {
    this.#lines.push(line);
    if (this.#lines.length > 8) this.#lines.shift();
  }

  find<Value>(pick: (event: JobEvent) => Value | undefined): Value | undefined {
    for (const line of this.#lines.toReversed()) {
      const event = parseJobEvent(line);
      const value = event && pick(event);
      if (value !== undefined) return value;
    }
    return undefined;
  }
}
