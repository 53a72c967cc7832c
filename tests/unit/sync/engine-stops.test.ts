import { describe, expect, it } from 'vitest';
import { refuseTooMuch } from '../../../electron/services/sync/engine/stops.ts';
import type { PlannedOperation, SyncCounts } from '../../../electron/services/sync/engine/sync-plan.ts';

const entry = {
  kind: 'file' as const,
  size: 1,
  mtimeMs: 1,
  ctimeMs: 1,
  inode: 1,
  device: 1,
  mode: 0,
  uid: 0,
  gid: 0,
  links: 1,
  blocks: 1,
};

function plan(
  operation: 'update' | 'delete',
  count: number,
  counts: Partial<SyncCounts>,
): { operations: PlannedOperation[]; counts: SyncCounts } {
  const operations = Array.from({ length: count }, (_, index): PlannedOperation => {
    const common = { kind: 'file' as const, path: `file-${index}`, conflict: false, destination: entry };
    return operation === 'delete'
      ? { ...common, operation, reason: 'deleted-at-source' }
      : { ...common, operation, reason: 'newer', source: entry };
  });
  const none = {
    source: 0,
    destination: 0,
    common: 0,
    equal: 0,
    creates: 0,
    updates: 0,
    deletes: 0,
    bytes: 0,
  };
  return { operations, counts: { ...none, ...counts } };
}

const limits = { maxDeletePercent: 50, allowEverythingChanged: false };

describe('a plan that takes away too much', () => {
  it('is refused, with the first names', () => {
    const large = plan('delete', 51, { destination: 100, deletes: 51 });
    expect(() => refuseTooMuch(large, limits)).toThrow(
      expect.objectContaining({
        code: 'SYNC_TOO_MANY_DELETIONS',
        data: expect.objectContaining({
          what: expect.stringContaining('51 of the destination\u2019s 100 files'.replace('\u2019', "'")),
          more: ['file-0', 'file-1', 'file-2', 'file-3', 'file-4', 'and 46 more'],
        }),
      }),
    );
    expect(() => refuseTooMuch(plan('delete', 50, { destination: 100, deletes: 50 }), limits)).not.toThrow();
  });

  it('is refused for an emptied source, unless all of it may go', () => {
    const all = plan('delete', 3, { destination: 3, deletes: 3 });
    expect(() => refuseTooMuch(all, { ...limits, maxDeletePercent: 99.9 })).toThrow(
      'SYNC_TOO_MANY_DELETIONS',
    );
    expect(() => refuseTooMuch(all, { ...limits, maxDeletePercent: 100 })).not.toThrow();
  });

  it('allows none with 0 percent', () => {
    const one = plan('delete', 1, { destination: 1_000_000, deletes: 1 });
    expect(() => refuseTooMuch(one, { ...limits, maxDeletePercent: 0 })).toThrow('SYNC_TOO_MANY_DELETIONS');
    expect(() => refuseTooMuch(plan('delete', 0, {}), { ...limits, maxDeletePercent: 0 })).not.toThrow();
  });
});

describe('a plan that changes nearly everything', () => {
  it('is refused from fifty files on, unless that is allowed', () => {
    const nearly = plan('update', 95, { common: 100, destination: 100 });
    expect(() => refuseTooMuch(nearly, limits)).toThrow('SYNC_EVERYTHING_CHANGED');
    expect(() => refuseTooMuch(nearly, { ...limits, allowEverythingChanged: true })).not.toThrow();
    expect(() => refuseTooMuch(plan('update', 94, { common: 100, destination: 100 }), limits)).not.toThrow();
    expect(() => refuseTooMuch(plan('update', 49, { common: 49, destination: 49 }), limits)).not.toThrow();
  });
});
