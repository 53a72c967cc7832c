import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requireFaultLayer } from '../../rig/sync-faults/fault-layer.ts';
import { Stage } from '../../rig/sync-property/stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.make();
});
afterAll(() => stage[Symbol.asyncDispose]());

/** As on btrfs and ZFS, where a full disk has no room for removing a name either. */
test('a temporary that cannot be removed for want of room keeps nothing from being copied', async (context) => {
  requireFaultLayer(context);
  stage.clear();
  await stage.init();
  writeFileSync(join(stage.a, 'file'), 'content');
  const left = '.sifaka-tmp-00000000-0000-4000-8000-000000000000-1';
  writeFileSync(join(stage.b, left), 'left by a run that was killed');
  stage.layer.arm({ action: 'fail', kinds: ['unlink'], part: left, error: 'ENOSPC', at: 1 });
  const answer = await stage.pass({
    engine: 'sifaka',
    src: stage.a,
    dest: stage.b,
    direction: 'a-to-b',
    logDir: stage.logDir,
    deleteMissing: false,
    checksum: false,
    workers: 2,
    operationsAtOnce: 4096,
    thresholdSeconds: 2,
  });
  expect(stage.layer.fired).toMatchObject({ times: 1, kind: 'unlink' });
  expect(answer).not.toHaveProperty('problem');
  expect(readFileSync(join(stage.b, 'file'), 'utf8')).toBe('content');
  expect(readdirSync(stage.b)).toContain(left);
});
