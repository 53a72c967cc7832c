import { expect, test } from 'vitest';
import { requireFaultLayer } from '../../rig/sync-faults/fault-layer.ts';
import { runSeeds, seedsFrom } from '../../rig/sync-property/no-file-is-lost.ts';

/**
 * `npx vitest run --project long tests/long/sync`; one seed alone: SIFAKA_SYNC_SEED=417 before it. The first fifty are in
 * every run of the tests.
 */
test('a thousand seeds of random trees, edits, kills and faults: no content is lost, no file is torn, and it comes to rest', async (context) => {
  requireFaultLayer(context);
  const { failures } = await runSeeds(seedsFrom(0, 1000));
  expect(failures.slice(0, 5).join('\n\n')).toBe('');
});
