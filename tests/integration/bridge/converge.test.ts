import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { converge } from '../../../electron/services/bridge/deploy/converge.ts';
import { readDeployRecord } from '../../../electron/services/bridge/deploy/deploy-records.ts';
import type { DeployRecord } from '../../../shared/schemas/bridge.ts';
import { freePort } from '../../rig/free-port.ts';
import { file } from '../../unit/bridge/plan-fixtures.ts';
import { SshWorld, still } from '../ssh/ssh-world.ts';
import { resources } from './deploy-world.ts';

const id = '0d5f1c1e-7a55-4a55-9a55-0123456789ab';
let world: SshWorld;
beforeEach(() => {
  world = new SshWorld();
});
afterEach(() => world?.remove());

it('a node that has left the cluster file keeps nobody from settling the others, and what was known stays known', async () => {
  world.nodes({ baobab: await freePort() });
  const { lab, ssh } = await world.open();
  const after = [file('/etc/udev/rules.d/90-t.rules', 'x')];
  const record: DeployRecord = {
    schema: 'sifaka.bridge-deploy/1',
    id,
    cluster: 'madagascar',
    source: { kind: 'design', name: 'attempt1' },
    sourceDigest: 'a'.repeat(64),
    planDigest: 'b'.repeat(64),
    mode: 'all',
    startedAt: '2026-01-01T00:00:00Z',
    state: 'split',
    nodes: [
      { node: 'baobab', state: 'new', after, before: [] },
      { node: 'gone', state: 'unknown', after, before: [] },
    ],
    sifakaVersion: '1',
  };
  mkdirSync(join(world.labFolder, 'deploy/history'), { recursive: true });
  writeFileSync(join(world.labFolder, `deploy/history/${id}.json`), JSON.stringify(record));
  const jobs = { list: async () => [] };
  // Of all that the domain stands on only these are used.
  const parts = { lab, ssh, jobs, resources } as unknown as Parameters<typeof converge>[0];
  const { deploy, request } = await converge(parts, undefined, still);
  expect(deploy).toMatchObject({
    state: 'split',
    nodes: [
      // It has no key that is trusted, so it was not asked.
      { node: 'baobab', state: 'new' },
      { node: 'gone', state: 'unknown' },
    ],
  });
  expect(request).toBeUndefined();
  expect(await readDeployRecord(lab, id)).toMatchObject({ state: 'split' });
});
