import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { importAddresses } from '../../../electron/services/bridge/design/import-addresses.ts';
import { importedAddressesSchema } from '../../../shared/schemas/bridge-design.ts';
import { problemOf, type TestLab, withLab } from '../lab/lab-fixtures.ts';

const script = 'deploy/attempt1/deploy_tb.sh';
const cluster = (nodes: object) => JSON.stringify({ clusters: { madagascar: { nodes } } }, null, 2);

const text = `#!/bin/bash
touch "$(dirname "$0")/was-run"
declare -A MGMT=([baobab]=192.168.22.71 [ebony]=192.168.22.72 [lemur]=192.168.22.74)
declare -A TB=([baobab]=10.99.0.1 [ebony]=10.99.0.2 [lemur]=10.99.0.4)
TB[tapia]=10.99.0.3; TB[tapia]=10.99.0.33
OTHER_IP_BAOBAB=172.16.0.1
TB_NEXT="10.99.0.$n"
`;

const lab = {
  [script]: text,
  'cluster/madagascar.json': cluster({
    baobab: { hosts: { management: '192.168.22.71' }, thunderbridge: { address: '10.99.0.1/16' } },
    ebony: { hosts: { management: '192.168.22.99' }, rack: 3 },
    tapia: {},
  }),
};

async function run(at: TestLab, write: boolean) {
  return importedAddressesSchema.parse(await importAddresses(await at.open(), { script, write }));
}

describe('addresses of an old deploy script', () => {
  test('are shown beside what the cluster file lacks, and nothing is written or run', async () => {
    await withLab(lab, async (at) => {
      const { lacking, different, notes, written, found } = await run(at, false);
      expect(written).toBe(false);
      expect(found).toHaveLength(9);
      expect(lacking).toEqual([
        {
          node: 'ebony',
          pointer: '/clusters/madagascar/nodes/ebony/thunderbridge',
          value: { address: '10.99.0.2/16' },
          lines: [4],
        },
        {
          node: 'lemur',
          pointer: '/clusters/madagascar/nodes/lemur',
          value: { hosts: { management: '192.168.22.74' }, thunderbridge: { address: '10.99.0.4/16' } },
          lines: [3, 4],
        },
      ]);
      expect(different).toEqual([
        {
          node: 'ebony',
          pointer: '/clusters/madagascar/nodes/ebony/hosts/management',
          has: '192.168.22.99',
          script: '192.168.22.72',
          line: 3,
        },
      ]);
      expect(notes).toEqual([
        'tapia has several thunderbolt addresses: 10.99.0.3 in line 5, 10.99.0.33 in line 5; none is taken.',
        'Line 6 has 172.16.0.1 for baobab, and no name there says for which network (tb, mgmt …): it is not taken. Set it in the cluster file by hand.',
        'Line 7 computes an address; only running it would tell which.',
      ]);
      expect(await at.read('cluster/madagascar.json')).toBe(lab['cluster/madagascar.json']);
      expect(existsSync(join(at.root, 'deploy/attempt1/was-run'))).toBe(false);
    });
  });

  test('are set where the cluster file lacks them, each with its line in the logbook; the rest stays', async () => {
    await withLab(lab, async (at) => {
      expect((await run(at, true)).written).toBe(true);
      const nodes = JSON.parse(await at.read('cluster/madagascar.json')).clusters.madagascar.nodes;
      expect(nodes).toEqual({
        baobab: { hosts: { management: '192.168.22.71' }, thunderbridge: { address: '10.99.0.1/16' } },
        ebony: {
          hosts: { management: '192.168.22.99' },
          rack: 3,
          thunderbridge: { address: '10.99.0.2/16' },
        },
        tapia: {},
        lemur: { hosts: { management: '192.168.22.74' }, thunderbridge: { address: '10.99.0.4/16' } },
      });
      const entries = await (await at.open()).logbook(9);
      expect(entries.map(({ reason }) => reason).toSorted()).toEqual([
        `Read in ${script}, line 4`,
        `Read in ${script}, lines 3, 4`,
      ]);
      expect(await run(at, true)).toMatchObject({ written: false, lacking: [] });
      expect(existsSync(join(at.root, 'deploy/attempt1/was-run'))).toBe(false);
    });
  });

  test.each([
    ['LAB_FILE_MISSING', { 'cluster/madagascar.json': cluster({}) }],
    ['LAB_FILE_MISSING', { [script]: text }],
    ['LAB_FILE_INVALID', { ...lab, [script]: new Uint8Array([0xff, 0xfe, 0x41]) }],
    ['LAB_FILE_INVALID', { ...lab, [script]: 'x'.repeat(256 * 1024 + 1) }],
    [
      'BRIDGE_MISSING',
      {
        ...lab,
        'cluster/madagascar.json': JSON.stringify({ clusters: { a: { nodes: {} }, b: { nodes: {} } } }),
      },
    ],
  ])('are not read: %s', async (code, files) => {
    await withLab(files, async (at) => {
      expect((await problemOf(run(at, true))).code).toBe(code);
    });
  });
});
