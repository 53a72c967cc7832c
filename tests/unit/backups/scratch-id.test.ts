import { expect, test } from 'vitest';
import { scratchIds } from '../../../electron/services/backups/prove/scratch-id.ts';
import { policyOf } from '../../rig/backups/made-backups.ts';

const policy = policyOf([], { restoreTests: { vmids: { first: 9900, last: 9903 } } });
const missing = expect.objectContaining({ code: 'SCRATCH_ID_MISSING' });

test('ids for tests are those of the policy that nobody has, the first first', () => {
  expect(scratchIds(policy, new Set([100, 9900, 9902]))).toEqual([9901, 9903]);
});

test('without a range, or with all of it taken, there is none', () => {
  expect(() => scratchIds(undefined, new Set())).toThrow(missing);
  expect(() => scratchIds(policyOf([]), new Set())).toThrow(missing);
  expect(() => scratchIds(policy, new Set([9900, 9901, 9902, 9903]))).toThrow(missing);
});
