import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseCluster, parseInventory } from '../../../electron/services/lab/known-files.ts';
import { Problem, type ProblemRecord } from '../../../shared/problem.ts';

const right = `schema: sifaka.inventory/1
images:
  debian:
    file: metis/images/debian.img.zst
    sha256: ${'a'.repeat(64)}
    rootPartition: 2
classes:
  storage:
    image: debian
    networkRenderer: netplan
    users:
      - {name: ops, uid: 1000}
nodes:
  titan-13:
    class: storage
    network:
      interface: eth0
      addresses: [192.168.22.41/24]
    k3s: {role: agent, server: "https://192.168.22.10:6443", tokenSecret: k3s-token}
  titan-15:
    class: storage
    network: {interface: eth0, addresses: dhcp}
`;

function problemOf(text: string | Uint8Array): ProblemRecord | undefined {
  try {
    parseInventory('metis/inventory.yaml', typeof text === 'string' ? Buffer.from(text) : text);
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return error.toRecord();
    throw error;
  }
}

function line(text: string, part: string): number {
  return text.split('\n').findIndex((candidate) => candidate.includes(part)) + 1;
}

describe('an inventory', () => {
  it('that is right is read, with defaults', () => {
    const { value } = parseInventory('metis/inventory.yaml', Buffer.from(right));
    expect(value.nodes['titan-13']?.recoverable).toBe(true);
    expect(value.classes['storage']?.logs.journalMaxUse).toBe('200M');
  });

  it.each([
    [
      'an address without prefix',
      '192.168.22.41/24',
      '192.168.22.41',
      'nodes.titan-13.network.addresses.0 must be an address with prefix length, as in 192.168.22.41/24',
    ],
    [
      'addresses of another kind',
      'addresses: dhcp',
      'addresses: static',
      "nodes.titan-15.network.addresses must be 'dhcp', or a list of addresses with prefix length",
    ],
    ['no addresses', ', addresses: dhcp', '', 'nodes.titan-15.network.addresses is missing'],
    [
      'an unknown key',
      'class: storage\n    network: {',
      'class: storage\n    clas: storage\n    network: {',
      'nodes.titan-15.clas is not a key that is known here',
    ],
    ['a missing key', '    image: debian\n', '', 'classes.storage.image is missing'],
    [
      'a wrong word',
      'netplan',
      'netplann',
      'classes.storage.networkRenderer must be one of netplan, networkd, ifupdown',
    ],
    [
      'text for a number',
      'rootPartition: 2',
      'rootPartition: two',
      'images.debian.rootPartition must be a number',
    ],
    [
      'a number that is too small',
      'rootPartition: 2',
      'rootPartition: 0',
      'images.debian.rootPartition must be at least 1',
    ],
    [
      'an empty list',
      '[192.168.22.41/24]',
      '[]',
      'nodes.titan-13.network.addresses must have at least 1 entry',
    ],
    [
      'a node name',
      '  titan-15:',
      '  Titan_15:',
      'nodes.Titan_15 is not a possible name: use lower-case letters, digits and hyphens, 63 at most',
    ],
    ['another kind of file', 'sifaka.inventory/1', 'sifaka.cluster/1', 'schema must be sifaka.inventory/1'],
    ['no schema', 'schema: sifaka.inventory/1\n', '', 'schema is missing'],
    ['a path with ..', 'metis/images', '/x', undefined],
    [
      'a plain http server',
      'https://192',
      'http://192',
      'nodes.titan-13.k3s.server must be an https address, as in https://192.168.22.10:6443',
    ],
    ['a list for a map', 'nodes:\n', 'nodes: []\nmore:\n', 'nodes must be a map of keys and values'],
  ])('with %s', (_name, before, after, expected) => {
    expect(right).toContain(before);
    const what = problemOf(right.replace(before, after))?.what;
    if (expected === undefined) expect(what).toBeUndefined();
    else expect(what).toContain(expected);
  });

  it('with a number where text belongs says how to write it', () => {
    const text = right.replace('a'.repeat(64), '1'.repeat(64));
    expect(problemOf(text)?.what).toContain('images.debian.sha256 must be text; put it in quotes');
  });

  it('names the file, the line, the column and the fix', () => {
    const text = right.replace('192.168.22.41/24', '192.168.22.41');
    expect(problemOf(text)).toEqual({
      code: 'LAB_FILE_INVALID',
      what: `metis/inventory.yaml line ${line(text, '192.168.22.41')}: nodes.titan-13.network.addresses.0 must be an address with prefix length, as in 192.168.22.41/24`,
      state: 'Nothing was changed.',
      next: 'Correct metis/inventory.yaml, then try again.',
      where: { file: 'metis/inventory.yaml', line: line(text, '192.168.22.41'), column: 19 },
    });
  });

  it('lists the other mistakes in the order of the file, twenty at most', () => {
    const many = right
      .replace('metis/images/debian.img.zst', '""')
      .replace(
        'nodes:\n',
        `nodes:\n${Array.from({ length: 30 }, (_, index) => `  n${index}: {class: 1, network: {interface: eth0, addresses: dhcp}}\n`).join('')}`,
      );
    const problem = problemOf(many);
    expect(problem?.what).toContain('images.debian.file must have at least 1 character');
    expect(problem?.more).toHaveLength(21);
    expect(problem?.more?.[0]).toBe(
      'metis/inventory.yaml line 14: nodes.n0.class must be text; put it in quotes',
    );
    expect(problem?.more?.at(-1)).toBe('… and 10 more.');
  });

  it.each([
    [
      'class',
      'class: storage',
      'class: storrage',
      'nodes.titan-13.class names the class storrage, which is not under classes',
    ],
    [
      'class of an inherited name',
      'class: storage',
      'class: constructor',
      'nodes.titan-13.class names the class constructor, which is not under classes',
    ],
    [
      'image',
      'image: debian',
      'image: fedora',
      'classes.storage.image names the image fedora, which is not under images',
    ],
    [
      'hostname',
      'addresses: dhcp}',
      'addresses: dhcp}\n    hostname: titan-13',
      'nodes.titan-15.hostname has the name titan-13, which is also that of titan-13',
    ],
    [
      'alias',
      'addresses: dhcp}',
      'addresses: dhcp}\n    alias: titan-13',
      'nodes.titan-15.alias has the name titan-13, which is also that of titan-13',
    ],
    [
      'address',
      'addresses: dhcp',
      'addresses: [10.0.0.1/8, 192.168.22.41/16]',
      'nodes.titan-15.network.addresses.1 has the address 192.168.22.41, which is also that of titan-13',
    ],
    [
      'IPv6 address in another spelling',
      'addresses: dhcp',
      "addresses: ['fd00::1/64', 'fd00:0:0::0001/64']",
      'nodes.titan-15.network.addresses.1 has the address [fd00::1], which stands twice in this node',
    ],
    [
      'uid in a class',
      '- {name: ops, uid: 1000}',
      '- {name: ops, uid: 1000}\n      - {name: dev, uid: 1000}',
      'classes.storage.users.1.uid is the same as in entry 0 of this list',
    ],
    [
      'uid of a user of the class',
      'addresses: dhcp}',
      'addresses: dhcp}\n    users: [{name: dev, uid: 1000}]',
      "nodes.titan-15.users.0.uid is already that of the class's user ops",
    ],
    [
      'user name',
      '- {name: ops, uid: 1000}',
      '- {name: ops, uid: 1000}\n      - {name: ops, uid: 1001}',
      'classes.storage.users.1.name is the same as in entry 0 of this list',
    ],
    [
      'mount path',
      'addresses: dhcp}',
      `addresses: dhcp}\n    longhornDisks: [{uuid: ${uuid(1)}, mountPath: /mnt/a}, {uuid: ${uuid(2)}, mountPath: /mnt/a}]`,
      'nodes.titan-15.longhornDisks.1.mountPath is the same as in entry 0 of this list',
    ],
    [
      'disk',
      'addresses: dhcp}',
      `addresses: dhcp}\n    longhornDisks: [{uuid: ${uuid(10)}, mountPath: /mnt/a}, {uuid: ${uuid(10).toUpperCase()}, mountPath: /mnt/b}]`,
      'nodes.titan-15.longhornDisks.1.uuid has the disk UUID',
    ],
    [
      'hook target',
      'addresses: dhcp}',
      'addresses: dhcp}\n    hooks: [{source: a, target: /etc/x}, {source: b, target: /etc/x}]',
      'nodes.titan-15.hooks.1.target is the same as in entry 0 of this list',
    ],
    [
      'interface',
      '{interface: eth0',
      '{interface: lo',
      'nodes.titan-15.network.interface must name a network card',
    ],
    [
      'flannel interface',
      'role: agent,',
      'role: agent, flannelInterface: all,',
      'nodes.titan-13.k3s.flannelInterface must name a network card',
    ],
    [
      'agent without a server',
      ', server: "https://192.168.22.10:6443"',
      '',
      'nodes.titan-13.k3s.role is agent, so k3s.server must name the server to join',
    ],
    [
      'new cluster that joins one',
      'role: agent',
      'role: server, clusterInit: true',
      'nodes.titan-13.k3s.clusterInit starts a new cluster, so k3s.server must not be set',
    ],
  ])('whose %s does not fit the rest', (_name, before, after, expected) => {
    expect(right).toContain(before);
    const text = right.replace(before, after);
    expect(problemOf(text)?.what).toContain(expected);
    expect(problemOf(text)?.where?.line).toBeGreaterThan(1);
  });

  it('may replace a user of its class under the same name', () => {
    expect(
      problemOf(right.replace('addresses: dhcp}', 'addresses: dhcp}\n    users: [{name: ops, uid: 1000}]')),
    ).toBeUndefined();
  });

  it('of a newer schema is not looked at any further', () => {
    const problem = problemOf('schema: sifaka.inventory/2\nnodes: 7\n');
    expect(problem?.code).toBe('LAB_SCHEMA_NEWER');
    expect(problem?.next).toMatch(/newer Sifaka/);
  });

  it('that is empty says so', () => {
    expect(problemOf('')?.what).toBe('metis/inventory.yaml: the file is empty');
    expect(problemOf('# nothing\n')?.code).toBe('LAB_FILE_INVALID');
  });

  it('shows no control characters of the file and none of its values', () => {
    const hostile = right
      .replace('titan-15:', '"t\\e[31m\\u202e\\n15":')
      .replace('k3s-token', '"K10secret value::server"');
    const problem = problemOf(hostile);
    expect(JSON.stringify(problem)).not.toMatch(/\\u001b|\\u202e|\\n/);
    expect(JSON.stringify(problem)).not.toContain('K10secret');
    expect(problem?.more?.length).toBe(1);
  });
});

describe('a cluster file', () => {
  it('names the place of a mistake in JSON', () => {
    const text = '{\n  "clusters": {\n    "madagascar": { "nodes": { "baobab": { "wan": 7 } } }\n  }\n}\n';
    expect(() => parseCluster('cluster/madagascar.json', Buffer.from(text))).toThrow(
      'cluster/madagascar.json line 3: clusters.madagascar.nodes.baobab.wan must be a map of keys and values',
    );
  });

  it('keeps what it does not know', () => {
    const text = '{"clusters": {"m": {"nodes": {"a": {"rack": 1}}, "x": 2}}, "y": [3]}';
    expect(parseCluster('cluster/m.json', Buffer.from(text)).value).toEqual(parse(text));
  });
});

function uuid(number: number): string {
  return `0000000${number.toString(16)}-0000-4000-8000-00000000000a`;
}
