import { describe, expect, it } from 'vitest';
import { addJobEvent, emptyJobView } from '../../../renderer/jobs/job-view.ts';
import { deployRequest } from '../../../renderer/stores/bridge-wizard.ts';
import { lanesOf, secondsLeft } from '../../../renderer/jobs/lanes.ts';
import { bridgeRequestSchema } from '../../../shared/schemas/bridge.ts';
import type { JobEvent } from '../../../shared/schemas/job.ts';
import type { Lane } from '../../../shared/progress.ts';

const at = '2026-06-01T12:00:00Z';

describe('the request that choices make', () => {
  const choices = {
    source: { kind: 'design', name: 'attempt2' },
    leftOut: [],
    mode: 'all',
    first: undefined,
    windowSeconds: 120,
  } as const;
  const nodes = ['baobab', 'ebony', 'tapia'];

  it('names every node that is not left out, and passes the schema', () => {
    const request = deployRequest({ ...choices, leftOut: ['ebony'] }, nodes);
    expect(request?.nodes).toEqual(['baobab', 'tapia']);
    expect(bridgeRequestSchema.parse(request)).toEqual(request);
  });

  it('has the canary first, and only where one goes first', () => {
    const canary = { ...choices, mode: 'canary', first: 'tapia' } as const;
    expect(deployRequest(canary, nodes)?.nodes).toEqual(['tapia', 'baobab', 'ebony']);
    expect(deployRequest({ ...canary, mode: 'rolling' }, nodes)?.nodes).toEqual(nodes);
    expect(deployRequest({ ...canary, leftOut: ['tapia'] }, nodes)?.nodes).toEqual(['baobab', 'ebony']);
  });

  it('is none without a source or a node', () => {
    expect(deployRequest({ ...choices, source: undefined }, nodes)).toBeUndefined();
    expect(deployRequest({ ...choices, leftOut: nodes }, nodes)).toBeUndefined();
    expect(deployRequest(choices, [])).toBeUndefined();
  });
});

const progress = (step: string, lanes?: Lane[]): JobEvent => ({
  type: 'progress',
  at,
  progress: {
    step,
    label: step,
    done: 0,
    total: 1,
    unit: 'steps',
    overall: 0,
    ...(lanes && { lanes }),
  },
});
const lane = (state: Lane['state']): Lane => ({ name: 'baobab', state, label: state });
const seen = (...events: JobEvent[]) => lanesOf(events.reduce(addJobEvent, emptyJobView));

describe('the lanes of a job', () => {
  it('are those that were said last, also by an earlier step', () => {
    expect(seen(progress('arm', [lane('waiting')]), progress('arm', [lane('armed')]))).toEqual([
      lane('armed'),
    ]);
    expect(seen(progress('arm', [lane('armed')]), progress('verify', [lane('proven')]))).toEqual([
      lane('proven'),
    ]);
    expect(seen(progress('arm', [lane('armed')]), progress('record'))).toEqual([lane('armed')]);
    expect(seen(progress('arm'))).toEqual([]);
  });

  it('count down to their deadline and not below zero', () => {
    const deadline = '2026-06-01T12:02:00Z';
    expect(secondsLeft(deadline, Date.parse(at))).toBe(120);
    expect(secondsLeft(deadline, Date.parse(at) + 500)).toBe(120);
    expect(secondsLeft(deadline, Date.parse(deadline) + 5_000)).toBe(0);
  });
});
