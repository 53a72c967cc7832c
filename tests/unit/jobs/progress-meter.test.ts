import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createProgressMeter } from '../../../electron/services/jobs/progress-meter.ts';
import { progressSchema, type StepDefinition } from '../../../shared/progress.ts';

const steps: StepDefinition[] = [
  { id: 'prepare', label: 'Prepare', unit: 'files', weight: 1 },
  { id: 'write', label: 'Write the card', unit: 'bytes', weight: 6, pull: 'The card is useless.' },
  { id: 'verify', label: 'Read it back', unit: 'bytes', weight: 3 },
];

describe('a progress meter', () => {
  test('begins with the first step, not begun', () => {
    expect(createProgressMeter(steps).current()).toEqual({
      step: 'prepare',
      label: 'Prepare',
      done: 0,
      total: 0,
      unit: 'files',
      overall: 0,
    });
  });

  test('weighs the steps, and counts a skipped one as over', () => {
    const meter = createProgressMeter(steps);
    expect(meter.update({ step: 'prepare', done: 1, total: 2 }, 0).overall).toBeCloseTo(0.05);
    expect(meter.update({ step: 'verify', done: 0, total: 10 }, 1).overall).toBeCloseTo(0.7);
    expect(meter.update({ step: 'verify', done: 10, total: 10 }, 2).overall).toBe(1);
  });

  test('says the unit, the label and what pulling the card means', () => {
    const meter = createProgressMeter(steps);
    expect(meter.update({ step: 'write', done: 5, total: 10 }, 0)).toMatchObject({
      label: 'Write the card',
      unit: 'bytes',
      pull: 'The card is useless.',
    });
  });

  test('measures the rate over the last five seconds and the time left from it', () => {
    const meter = createProgressMeter(steps);
    let last = meter.current();
    // Ten seconds at 100 a second, then ten at 10 a second: the fast start is forgotten.
    for (let second = 0; second <= 10; second += 1) {
      last = meter.update({ step: 'write', done: second * 100, total: 2000 }, second * 1000);
    }
    expect(last.rate).toBeCloseTo(100);
    expect(last.etaSeconds).toBeCloseTo(10);
    for (let second = 1; second <= 10; second += 1) {
      last = meter.update({ step: 'write', done: 1000 + second * 10, total: 2000 }, 10_000 + second * 1000);
    }
    expect(last.rate).toBeCloseTo(10);
    expect(last.etaSeconds).toBeCloseTo(90);
  });

  test('gives no rate before half a second has passed, and forgets it with the step', () => {
    const meter = createProgressMeter(steps);
    meter.update({ step: 'write', done: 0, total: 100 }, 0);
    expect(meter.update({ step: 'write', done: 10, total: 100 }, 499).rate).toBeUndefined();
    expect(meter.update({ step: 'write', done: 20, total: 100 }, 1000).rate).toBeCloseTo(20);
    const next = meter.update({ step: 'verify', done: 1, total: 100 }, 1200);
    expect(next.rate).toBeUndefined();
    expect(next.etaSeconds).toBeUndefined();
  });

  test('a stall shows as a rate of nothing, without a time left', () => {
    const meter = createProgressMeter(steps);
    meter.update({ step: 'write', done: 50, total: 100 }, 0);
    const stalled = meter.update({ step: 'write', done: 50, total: 100 }, 60_000);
    expect(stalled.rate).toBe(0);
    expect(stalled.etaSeconds).toBeUndefined();
  });

  test('counting in tiny steps gives the same rate as counting in large ones', () => {
    const meter = createProgressMeter(steps);
    let last = meter.current();
    for (let at = 0; at <= 8000; at += 1)
      last = meter.update({ step: 'write', done: at * 3, total: 90_000 }, at);
    expect(last.rate).toBeCloseTo(3000);
  });

  test('whatever is counted, overall never goes back and every report is valid', () => {
    const counted = fc.record({
      step: fc.constantFrom('prepare', 'write', 'verify'),
      done: fc.nat(),
      total: fc.nat(),
      after: fc.nat({ max: 3000 }),
    });
    fc.assert(
      fc.property(fc.array(counted), (updates) => {
        const meter = createProgressMeter(steps);
        let at = 0;
        let overall = 0;
        for (const { after, ...step } of updates) {
          at += after;
          const progress = progressSchema.parse(meter.update(step, at));
          expect(progress.overall).toBeGreaterThanOrEqual(overall);
          overall = progress.overall;
        }
      }),
    );
  });

  test('refuses what can only be a mistake', () => {
    expect(() => createProgressMeter([])).toThrow('at least one step');
    const meter = createProgressMeter(steps);
    expect(() => meter.update({ step: 'fly', done: 0, total: 1 }, 0)).toThrow("no step 'fly'");
    expect(() => meter.update({ step: 'write', done: Number.NaN, total: 1 }, 0)).toThrow('counts NaN');
  });
});
