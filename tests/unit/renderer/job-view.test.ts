import { describe, expect, it } from 'vitest';
import { addJobEvent, currentStep, emptyJobView } from '../../../renderer/jobs/job-view.ts';
import { mapProgress } from '../../../renderer/wizards/cards/map-progress.ts';
import { permissionAsked } from '../../../renderer/wizards/cards/permission.ts';
import type { JobEvent } from '../../../shared/schemas/job.ts';

const at = '2026-06-01T12:00:00Z';
const id = '0b6f1e0c-6f0e-4c4e-8f46-0d3d8a7c9a11';

function started(kind: 'card-burn' | 'card-verify'): JobEvent {
  return {
    type: 'started',
    at,
    id,
    kind,
    title: 'Burn titan-13',
    subject: '/drives/sd-1.img',
    owner: { pid: 1, startedAt: '1', bootId: 'b', host: 'h' },
    ifCutOff: 'Nothing was written.',
  };
}

function progress(step: string, done: number, ifCutOff?: string): JobEvent {
  return {
    type: 'progress',
    at,
    progress: { step, label: step, done, total: 100, unit: 'bytes', overall: 0.5 },
    ...(ifCutOff !== undefined && { ifCutOff }),
  };
}

const view = (...events: JobEvent[]) => events.reduce(addJobEvent, emptyJobView);

describe('a job from its events', () => {
  it('keeps the newest report of every step in the order they began', () => {
    const seen = view(
      started('card-burn'),
      progress('write', 10),
      progress('write', 100),
      progress('verify', 5),
    );
    expect(seen.steps.map(({ step, done }) => [step, done])).toEqual([
      ['write', 100],
      ['verify', 5],
    ]);
    expect(currentStep(seen)?.step).toBe('verify');
  });

  it('says what a cut-off would leave, the latest word', () => {
    expect(view(started('card-burn'), progress('image', 1)).ifCutOff).toBe('Nothing was written.');
    expect(
      view(started('card-burn'), progress('write', 1, 'Half written.'), progress('write', 2)).ifCutOff,
    ).toBe('Half written.');
  });

  it('ends with its outcome and its problem', () => {
    const problem = { code: 'CANCELLED' as const, what: 'w', state: 's', next: 'n' };
    const seen = view(started('card-burn'), { type: 'ended', at, outcome: 'cancelled', problem });
    expect(seen.ended).toEqual({ at, outcome: 'cancelled', problem });
  });
});

describe('the picture of a running job', () => {
  it('is written first and read back after', () => {
    expect(mapProgress(view(started('card-burn'), progress('image', 50)))).toEqual({
      written: 0,
      verified: 0,
    });
    expect(mapProgress(view(started('card-burn'), progress('write', 40)))).toEqual({
      written: 0.4,
      verified: 0,
    });
    expect(mapProgress(view(started('card-burn'), progress('write', 99), progress('verify', 30)))).toEqual({
      written: 1,
      verified: 0.3,
    });
  });

  it('is only ever full when the job says it is done', () => {
    const failed: JobEvent = { type: 'ended', at, outcome: 'failed' };
    const read = [started('card-burn'), progress('write', 100), progress('verify', 100)];
    expect(mapProgress(view(...read, failed))).toEqual({ written: 1, verified: 0 });
    const done: JobEvent = { type: 'ended', at, outcome: 'done' };
    expect(mapProgress(view(started('card-burn'), done))).toEqual({ written: 1, verified: 1 });
  });

  it('shows a card that is only read as written before', () => {
    expect(mapProgress(view(started('card-verify'), progress('verify', 10)))).toEqual({
      written: 1,
      verified: 0.1,
    });
  });
});

describe('a run that waits for permission', () => {
  const note: JobEvent = { type: 'note', at, text: 'Run this:\nsudo node writer.mjs' };

  it('says so from the step on until it was given, with the latest word', () => {
    const before = [started('card-burn'), progress('image', 100)];
    expect(permissionAsked(view(...before, note))).toBeUndefined();
    expect(permissionAsked(view(...before, progress('permission', 0)))).toBeUndefined();
    expect(permissionAsked(view(...before, progress('permission', 0), note))).toEqual({ note: note.text });
    expect(permissionAsked(view(...before, progress('permission', 100), note))).toBeUndefined();
    expect(permissionAsked(view(...before, progress('permission', 0), note, progress('write', 0)))).toBe(
      undefined,
    );
  });

  it('says so before it reads, and not when it only begins to', () => {
    const reading = [started('card-verify'), progress('verify', 0)];
    expect(permissionAsked(view(...reading))).toBeUndefined();
    expect(permissionAsked(view(...reading, note))).toEqual({ note: note.text });
    expect(permissionAsked(view(...reading, note, progress('verify', 1)))).toBeUndefined();
  });

  it('waits for nobody when it has ended', () => {
    const ended: JobEvent = { type: 'ended', at, outcome: 'cancelled' };
    expect(permissionAsked(view(started('card-burn'), progress('permission', 0), note, ended))).toBe(
      undefined,
    );
  });
});
