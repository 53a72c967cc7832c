import { describe, expect, it } from 'vitest';
import { checkSecrets } from '../../../electron/services/secrets/check-secrets.ts';
import { secretNeeds } from '../../../electron/services/lab/secret-needs.ts';
import type { SecretStore } from '../../../electron/services/secrets/secret-store.ts';
import { Problem } from '../../../shared/problem.ts';
import { clusterFileSchema } from '../../../shared/schemas/cluster.ts';
import { inventorySchema } from '../../../shared/schemas/inventory.ts';
import { syncPairsFileSchema } from '../../../shared/schemas/sync-pairs.ts';
import { noLab } from '../../../electron/services/lab/no-lab.ts';

const inventory = inventorySchema.parse({
  schema: 'sifaka.inventory/1',
  images: { demo: { file: 'demo.img', sha256: 'a'.repeat(64), rootPartition: 2 } },
  classes: {
    pi: {
      image: 'demo',
      networkRenderer: 'netplan',
      users: [{ name: 'operator', uid: 1000, passwordHashSecret: 'operator-hash' }],
    },
  },
  nodes: {
    one: {
      class: 'pi',
      network: { interface: 'eth0', addresses: 'dhcp' },
      k3s: { role: 'agent', tokenSecret: 'k3s-token', nodePasswordSecret: 'one-password' },
      sshHostKeys: [{ type: 'ed25519', privateKeySecret: 'one-key', publicKey: 'ssh-ed25519 AAAA' }],
    },
    two: {
      class: 'pi',
      network: { interface: 'eth0', addresses: 'dhcp' },
      k3s: { role: 'agent', tokenSecret: 'k3s-token' },
      users: [{ name: 'second', uid: 1001, passwordHashSecret: 'operator-hash' }],
    },
    three: { class: 'no-such-class', network: { interface: 'eth0', addresses: 'dhcp' } },
  },
});
const lab = {
  ...noLab(),
  inventory: async () => ({ file: 'f', digest: 'd', value: inventory }),
  cluster: async () => undefined,
  syncPairs: async () => undefined,
};

function store(identity: 'none' | 'locked' | 'ready', opened: Map<string, Uint8Array>): SecretStore {
  return {
    identityState: async () => identity,
    names: async () => ['k3s-token', 'one-key', 'spare'],
    has: async (name) => ['k3s-token', 'one-key', 'spare'].includes(name),
    async open(name) {
      if (name === 'one-key') {
        throw new Problem('SECRET_UNREADABLE', { what: 'It cannot be read.', state: '', next: '' });
      }
      const value = new Uint8Array([1, 2, 3]);
      opened.set(name, value);
      return value;
    },
    unlock: unused,
    seal: unused,
    createIdentity: unused,
    addOwnRecipient: unused,
    keyedDigest: unused,
    keyedHash: unused,
  };
}

function unused(): never {
  throw new Error('looking does not need this');
}

describe('secrets of a lab', () => {
  it('are needed by the nodes that name them, by their class, key or cluster', () => {
    expect(Object.fromEntries(secretNeeds(inventory))).toEqual({
      'operator-hash': ['one', 'two'],
      'one-key': ['one'],
      'k3s-token': ['one', 'two'],
      'one-password': ['one'],
    });
  });

  it('are opened to see whether they can be, and wiped', async () => {
    const opened = new Map<string, Uint8Array>();
    expect(await checkSecrets(lab, store('ready', opened))).toEqual([
      { name: 'k3s-token', neededBy: ['one', 'two'], state: 'sealed-and-readable' },
      { name: 'one-key', neededBy: ['one'], state: 'unreadable' },
      { name: 'one-password', neededBy: ['one'], state: 'missing' },
      { name: 'operator-hash', neededBy: ['one', 'two'], state: 'missing' },
      { name: 'spare', neededBy: [], state: 'sealed-and-readable' },
    ]);
    expect([...opened.keys()]).toEqual(['k3s-token', 'spare']);
    for (const value of opened.values()) expect(value).toEqual(new Uint8Array(3));
  });

  it('are needed by targets of backups, too', async () => {
    const cluster = clusterFileSchema.parse({
      clusters: {
        madagascar: {
          nodes: {},
          backups: {
            targets: {
              attic: { kind: 'node-folder', path: '/mnt/attic' },
              offsite: {
                kind: 's3',
                endpoint: 'https://s3.example',
                bucket: 'backups',
                accessKey: 'spare',
                secretKey: 'k3s-token',
              },
            },
          },
        },
      },
    });
    const withTargets = { ...lab, cluster: async () => ({ file: 'c', digest: 'd', value: cluster }) };
    const states = await checkSecrets(withTargets, store('ready', new Map()));
    expect(states).toContainEqual({
      name: 'spare',
      neededBy: ['target offsite'],
      state: 'sealed-and-readable',
    });
    expect(states.find(({ name }) => name === 'k3s-token')?.neededBy).toEqual([
      'one',
      'two',
      'target offsite',
    ]);
    const broken = {
      ...lab,
      cluster: async () => {
        throw new Problem('LAB_FILE_INVALID', { what: 'It is not right.', state: '', next: '' });
      },
    };
    expect(await checkSecrets(broken, store('ready', new Map()))).toHaveLength(5);
  });

  it('are needed by the sync, whose database is reached with one', async () => {
    const pairs = syncPairsFileSchema.parse({
      schema: 'sifaka.sync-pairs/1',
      logFolder: '/var/log/ha-sync',
      databaseSecret: 'sync-database',
      pairs: {},
    });
    const withPairs = { ...lab, syncPairs: async () => ({ file: 'p', digest: 'd', value: pairs }) };
    expect(await checkSecrets(withPairs, store('ready', new Map()))).toContainEqual({
      name: 'sync-database',
      neededBy: ['sync pairs'],
      state: 'missing',
    });
    const broken = {
      ...lab,
      async syncPairs(): Promise<never> {
        throw new Problem('LAB_FILE_INVALID', { what: 'It is not right.', state: '', next: '' });
      },
    };
    expect(await checkSecrets(broken, store('ready', new Map()))).toHaveLength(5);
  });

  it.each(['none', 'locked'] as const)('are not opened while the identity is %s', async (identity) => {
    const opened = new Map<string, Uint8Array>();
    const states = await checkSecrets(lab, store(identity, opened));
    expect(states.map(({ state }) => state)).toEqual(['sealed', 'sealed', 'missing', 'missing', 'sealed']);
    expect(opened.size).toBe(0);
  });
});
