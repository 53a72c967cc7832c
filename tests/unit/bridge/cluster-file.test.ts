import { describe, expect, test } from 'vitest';
import { parseCluster } from '../../../electron/services/lab/known-files.ts';
import { Problem } from '../../../shared/problem.ts';
import { closesRing, clusterUsesStp, nodeUsesStp, portsOf } from '../../../shared/thunderbridge.ts';
import type { Cluster } from '../../../shared/schemas/cluster.ts';

const ring = [
  ['baobab:thunderbolt1', 'ebony:thunderbolt0'],
  ['ebony:thunderbolt1', 'tapia:thunderbolt0'],
  ['tapia:thunderbolt1', 'baobab:thunderbolt0'],
];

function clusterOf(thunderbridge: object | undefined, own: object = {}): object {
  const node = (address: string) => ({
    thunderbridge: { address, mtu: 65520, ports: ['thunderbolt0', 'thunderbolt1'], ...own },
  });
  return {
    ...(thunderbridge ? { thunderbridge } : {}),
    nodes: { baobab: node('10.99.0.1/24'), ebony: node('10.99.0.2/24'), tapia: node('fd00::3/64') },
  };
}

function parse(cluster: object): Cluster {
  const text = JSON.stringify({ clusters: { madagascar: cluster } }, null, 2);
  const parsed = parseCluster('cluster/madagascar.json', Buffer.from(text)).value.clusters['madagascar'];
  if (parsed === undefined) throw new Error('the cluster is there');
  return parsed;
}

function mistakesOf(cluster: object): string[] {
  try {
    parse(cluster);
  } catch (error) {
    if (error instanceof Problem) return [error.data.what, ...(error.data.more ?? [])];
    throw error;
  }
  return [];
}

describe('the bridge in the cluster file', () => {
  test('keeps what others wrote beside it', () => {
    const others = {
      vlan: 7,
      notes: ['x'],
      ports: [{ name: 'en05', path: 'pci-0000:00:0d.2', colour: 'red' }],
    };
    const parsed = parse(clusterOf({ owner: 'me', cables: [] }, others));
    expect(parsed.nodes['baobab']?.thunderbridge).toMatchObject(others);
    expect(parsed.thunderbridge).toMatchObject({ owner: 'me' });
    expect(
      parse({ nodes: { baobab: { thunderbridge: { ip: '10.99.0.1' } }, ebony: {} } }).nodes,
    ).toHaveProperty('ebony');
  });

  test('has ports by name, or by the place they are plugged in', () => {
    const path = { name: 'en05', path: 'pci-0000:00:0d.2', driver: 'thunderbolt-net' };
    const node = parse(clusterOf(undefined, { ports: ['thunderbolt0', path] })).nodes['ebony'];
    expect(node && portsOf(node)).toEqual([{ name: 'thunderbolt0' }, path]);
    expect(portsOf({})).toEqual([]);
  });

  test.each([
    ['address', { address: '10.99.0.1' }],
    ['address', { address: '10.99.0.1/24; reboot' }],
    ['address', { address: '10.99.0.300/24' }],
    ['mtu', { mtu: 576 }],
    ['mtu', { mtu: 65536 }],
    ['mtu', { mtu: '65520' }],
    ['bridge', { bridge: 'a/b' }],
    ['bridge', { bridge: 'all' }],
    ['bridge', { bridge: '12' }],
    ['bridge', { bridge: 'sixteen-letters-' }],
    ['ports.0', { ports: ['a b'] }],
    ['ports.0', { ports: ['a:b'] }],
    ['ports.0', { ports: ['$(reboot)'] }],
    ['ports', { ports: ['a', { name: 'a' }] }],
    ['ports.0.path', { ports: [{ name: 'a', path: 'pci-*' }] }],
    ['ports.0.path', { ports: [{ name: 'a', path: 'pci-0000 x' }] }],
    ['ports.0.driver', { ports: [{ name: 'a', driver: 'a b' }] }],
  ])('names file, line and the value that is wrong: %s of %j', (place, own) => {
    const mistakes = mistakesOf(clusterOf(undefined, own));
    expect(mistakes[0]).toMatch(
      /^cluster\/madagascar\.json line \d+: clusters\.madagascar\.nodes\.baobab\.thunderbridge\./,
    );
    expect(mistakes[0]).toContain(`thunderbridge.${place} `);
  });

  test.each([
    [['baobab:thunderbolt9', 'ebony:thunderbolt0'], 'cables.0.0 names the port thunderbolt9'],
    [['baobab:thunderbolt0', 'lemur:thunderbolt0'], 'cables.0.1 names the node lemur'],
    [
      ['baobab:thunderbolt0', 'baobab:thunderbolt0'],
      'cables.0.1 names baobab:thunderbolt0, which has another cable',
    ],
    [['constructor:thunderbolt0', 'ebony:thunderbolt0'], 'cables.0.0 names the node constructor'],
    [['baobab', 'ebony:thunderbolt0'], 'cables.0.0 '],
  ])('says which cable leads nowhere: %j', (cable, words) => {
    expect(mistakesOf(clusterOf({ cables: [cable] }))[0]).toContain(words);
  });
});

describe('STP', () => {
  test.each([
    ['a ring', ring, true],
    ['a line', ring.slice(0, 2), false],
    [
      'two cables between the same two',
      [
        ['a:x', 'b:x'],
        ['b:y', 'a:y'],
      ],
      true,
    ],
    ['a cable of one node to itself', [['a:x', 'a:y']], true],
    [
      'two lines',
      [
        ['a:x', 'b:x'],
        ['c:x', 'd:x'],
      ],
      false,
    ],
  ])('is asked for by what closes a ring: %s', (_name, cables, closed) => {
    expect(closesRing(cables.map(([one = '', other = '']) => [one, other]))).toBe(closed);
  });

  test('is on where a ring is possible, unless the file says else', () => {
    expect(clusterUsesStp(parse(clusterOf(undefined)))).toBe(true);
    expect(clusterUsesStp(parse(clusterOf({ cables: [] })))).toBe(true);
    expect(clusterUsesStp(parse(clusterOf(undefined, { ports: ['thunderbolt0'] })))).toBe(false);
    expect(clusterUsesStp(parse(clusterOf({ cables: ring })))).toBe(true);
    expect(clusterUsesStp(parse(clusterOf({ cables: ring.slice(1) })))).toBe(false);
    expect(clusterUsesStp(parse(clusterOf({ cables: ring, stp: false })))).toBe(false);
    const own = parse(clusterOf({ cables: ring }, { stp: false }));
    expect(nodeUsesStp(own, own.nodes['baobab'] ?? {})).toBe(false);
  });
});
