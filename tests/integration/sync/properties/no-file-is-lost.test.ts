import { expect, test } from 'vitest';
import { requireFaultLayer } from '../../../rig/sync-faults/fault-layer.ts';
import { runSeeds, seedsFrom } from '../../../rig/sync-property/no-file-is-lost.ts';

/** Fifty seeds take a minute, and many on a machine with much to do. */
const timeout = 900_000;

test('fifty seeds of random trees, edits, kills and faults: no content is lost, no file is torn, and it comes to rest', {
  timeout,
}, async (context) => {
  requireFaultLayer(context);
  const seeds = seedsFrom(0, 50);
  const { failures, disturbed } = await runSeeds(seeds);
  expect(failures.join('\n\n')).toBe('');
  if (seeds.length < 50) return;
  // Each way of disturbing came about, or the proof is none.
  for (const [way, times] of Object.entries(disturbed)) expect(times, way).toBeGreaterThan(3);
});

test('an engine that copies over the live file is found out: careless it loses files, and with the old version kept it tears them', {
  timeout,
}, async (context) => {
  requireFaultLayer(context);
  const seeds = Array.from({ length: 30 }, (_, index) => `unsafe ${index}`);
  const careless = await runSeeds(seeds, 'careless');
  expect(careless.failures.filter((failure) => failure.includes(': lost: ')).length).toBeGreaterThan(2);
  const inPlace = await runSeeds(seeds, 'in-place');
  expect(inPlace.failures.filter((failure) => failure.includes(': torn on ')).length).toBeGreaterThan(2);
});
