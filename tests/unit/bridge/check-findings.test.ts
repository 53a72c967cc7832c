import { expect, it } from 'vitest';
import { checkFindings } from '../../../electron/services/bridge/check/findings.ts';
import type { ClusterBridge } from '../../../electron/services/bridge/cluster-bridge.ts';
import type { BridgeCheck, BridgeNode, BridgePort, PairResult } from '../../../shared/schemas/bridge.ts';

const names = ['baobab', 'ebony', 'tapia'] as const;
const ring: ClusterBridge = {
  file: 'cluster/madagascar.json',
  cluster: 'madagascar',
  bridge: 'thunderbridge',
  mtu: 65_520,
  stp: true,
  forwardDelay: 2,
  ring: true,
  nodes: names.map((node, index) => ({
    node,
    bridge: 'thunderbridge',
    mtu: 65_520,
    stp: true,
    address: `10.99.0.${index + 1}/24`,
    ports: [{ name: 'thunderbolt0' }, { name: 'thunderbolt1' }],
  })),
  cables: names.map((node, index) => ({
    from: { node, port: 'thunderbolt1' },
    to: { node: names[(index + 1) % 3] ?? '', port: 'thunderbolt0' },
  })),
};

type World = { nodes: BridgeNode[]; pairs: PairResult[] };
type Live = NonNullable<BridgeNode['live']>;

/** All is well: the ring is closed, and STP blocks one port of it. */
function sound(): World {
  return {
    nodes: names.map((node, index) => ({
      node,
      at: '2026-11-21T14:00:00Z',
      live: {
        bridge: {
          name: 'thunderbridge',
          mtu: 65_520,
          up: true,
          stp: true,
          addresses: [`10.99.0.${index + 1}/24`],
        },
        ports: ['thunderbolt0', 'thunderbolt1'].map((name) => ({
          name,
          present: true,
          enslaved: true,
          mtu: 65_520,
          carrier: true,
          state: node === 'tapia' && name === 'thunderbolt0' ? 'blocking' : 'forwarding',
        })),
      },
    })),
    pairs: names.flatMap((from) =>
      names
        .filter((to) => to !== from)
        .map((to) => ({
          from,
          to,
          passed: true,
          sent: 4,
          received: 4,
          latency: { min: 1, average: 1, max: 1 },
        })),
    ),
  };
}

function live(world: World, node: string): Live {
  const found = world.nodes.find((one) => one.node === node)?.live;
  if (found === undefined) throw new Error(node);
  return found;
}

function change(world: World, node: string, bridge: Partial<NonNullable<Live['bridge']>>): void {
  const now = live(world, node).bridge;
  if (now !== undefined) Object.assign(now, bridge);
}

function port(world: World, node: string, name: string): BridgePort {
  const found = live(world, node).ports.find((one) => one.name === name);
  if (found === undefined) throw new Error(name);
  return found;
}

function absent(world: World, node: string, name: string): void {
  const { ports } = live(world, node);
  ports.splice(ports.indexOf(port(world, node, name)), 1, { name, present: false, enslaved: false });
}

function fail(world: World, node: string, small: boolean): void {
  for (const pair of world.pairs) {
    if (pair.from !== node && pair.to !== node) continue;
    Object.assign(pair, { passed: false, received: 0, smallPasses: small });
    delete pair.latency;
  }
}

function findingsOf(world: World, trigger: BridgeCheck['trigger'] = 'asked', bridge = ring) {
  return checkFindings({ bridge, ...world, trigger });
}

function codes(world: World): string[] {
  return findingsOf(world).map(({ severity, code, node, port: name }) =>
    [severity, code, node, name].filter((part) => part !== undefined).join(' '),
  );
}

it('a sound ring has no findings, and that STP blocks one port of it is none', () => {
  expect(findingsOf(sound())).toEqual([]);
});

it('one port with MTU 1500 is named, with what happens and what to run, and the lost pairs are not said again', () => {
  const world = sound();
  port(world, 'ebony', 'thunderbolt0').mtu = 1500;
  fail(world, 'ebony', true);
  expect(findingsOf(world)).toEqual([
    {
      severity: 'failure',
      code: 'port-mtu',
      node: 'ebony',
      port: 'thunderbolt0',
      cable: 'baobab:thunderbolt1 – ebony:thunderbolt0',
      what: 'thunderbolt0 on ebony has MTU 1500, below the 65520 of thunderbridge; full frames through it are lost silently.',
      next: 'On ebony run: ip link set thunderbolt0 mtu 65520',
    },
  ]);
});

it('a port with MTU 1500 that STP blocks fails the check although all frames get through now', () => {
  const world = sound();
  port(world, 'tapia', 'thunderbolt0').mtu = 1500;
  expect(codes(world)).toEqual(['failure port-mtu tapia thunderbolt0']);
});

it('a bridge with another MTU is named', () => {
  const world = sound();
  change(world, 'ebony', { mtu: 1500 });
  fail(world, 'ebony', true);
  expect(codes(world)).toEqual(['failure bridge-mtu ebony']);
  expect(findingsOf(world)[0]?.next).toBe('On ebony run: ip link set thunderbridge mtu 65520');
});

it('full frames that no port explains are said', () => {
  const world = sound();
  fail(world, 'ebony', true);
  const [finding] = findingsOf(world);
  expect(finding).toMatchObject({ severity: 'failure', code: 'full-frames-lost' });
  expect(finding?.what).toContain('baobab to ebony, ebony to baobab, ebony to tapia, tapia to ebony');
});

it('while the ring heals after a cable came out, nobody is sent to look for a firewall', () => {
  const world = sound();
  absent(world, 'baobab', 'thunderbolt1');
  absent(world, 'ebony', 'thunderbolt0');
  fail(world, 'baobab', false);
  expect(codes(world)).toContain('failure ring-healing');
  expect(codes(world)).not.toContain('failure no-way');
});

it('a cable that is gone at both ends is one finding: a warning once the ring healed, else a failure', () => {
  const world = sound();
  absent(world, 'baobab', 'thunderbolt1');
  absent(world, 'ebony', 'thunderbolt0');
  port(world, 'tapia', 'thunderbolt0').state = 'forwarding';
  expect(findingsOf(world)).toEqual([
    {
      severity: 'warning',
      code: 'cable-out',
      cable: 'baobab:thunderbolt1 – ebony:thunderbolt0',
      what: 'The cable baobab:thunderbolt1 – ebony:thunderbolt0 is out: thunderbolt1 on baobab is not there, thunderbolt0 on ebony is not there.',
      next: 'Plug in the cable between thunderbolt1 of baobab and thunderbolt0 of ebony; the port comes back by itself.',
    },
  ]);
  absent(world, 'ebony', 'thunderbolt1');
  absent(world, 'tapia', 'thunderbolt0');
  fail(world, 'ebony', false);
  expect(codes(world)).toEqual(['failure cable-out', 'failure cable-out', 'failure bridge-parted']);
  expect(findingsOf(world).at(-1)?.what).toBe(
    'thunderbridge is in 2 pieces: baobab, tapia | ebony. No frame gets from one to another.',
  );
});

it('a port that is gone at one end only, or has no carrier, names that end', () => {
  const world = sound();
  absent(world, 'baobab', 'thunderbolt1');
  port(world, 'tapia', 'thunderbolt0').state = 'forwarding';
  expect(codes(world)).toEqual(['warning port-absent baobab thunderbolt1']);
  expect(findingsOf(world)[0]?.next).toContain('modprobe thunderbolt-net');
  const other = sound();
  port(other, 'ebony', 'thunderbolt1').carrier = false;
  port(other, 'tapia', 'thunderbolt0').state = 'forwarding';
  expect(codes(other)).toEqual(['warning no-carrier ebony thunderbolt1']);
  expect(findingsOf(other)[0]?.what).toContain('ebony:thunderbolt1 – tapia:thunderbolt0');
});

it('a cable with both of its ports there and no carrier is not out: one of them is down', () => {
  const world = sound();
  port(world, 'baobab', 'thunderbolt1').carrier = false;
  port(world, 'ebony', 'thunderbolt0').carrier = false;
  const found = findingsOf(world).find(({ code }) => code === 'cable-out');
  expect(found?.what).not.toContain('is out');
  expect(found?.next).toContain('On baobab run: ip link set thunderbolt1 up; on ebony run:');
});

it('a listed port without a cable in the cluster file is found all the same, and no ring is guessed', () => {
  const world = sound();
  absent(world, 'baobab', 'thunderbolt1');
  const bare = { ...ring, cables: [], ring: false };
  expect(findingsOf(world, 'asked', bare)).toMatchObject([
    { severity: 'warning', code: 'port-absent', node: 'baobab', port: 'thunderbolt1' },
  ]);
});

it('a port that is not in the bridge is a failure with the command that puts it there', () => {
  const world = sound();
  Object.assign(port(world, 'ebony', 'thunderbolt0'), { enslaved: false, state: undefined });
  port(world, 'tapia', 'thunderbolt0').state = 'forwarding';
  expect(codes(world)).toEqual(['failure port-apart ebony thunderbolt0']);
  expect(findingsOf(world)[0]?.next).toBe(
    'On ebony run: ip link set thunderbolt0 mtu 65520 master thunderbridge up',
  );
});

it('a disabled port is named', () => {
  const world = sound();
  port(world, 'ebony', 'thunderbolt0').state = 'disabled';
  expect(codes(world)).toEqual(['failure port-down ebony thunderbolt0']);
});

it('a port that settles is a warning, and the reason when frames do not get through', () => {
  const world = sound();
  port(world, 'ebony', 'thunderbolt0').state = 'learning';
  expect(codes(world)).toEqual(['warning port-settling ebony thunderbolt0']);
  fail(world, 'ebony', false);
  expect(codes(world)).toEqual(['failure port-settling ebony thunderbolt0']);
});

it('full frames that are lost while small ones get through are said though a port settles', () => {
  const world = sound();
  port(world, 'ebony', 'thunderbolt0').state = 'learning';
  fail(world, 'tapia', true);
  expect(codes(world)).toEqual(['failure port-settling ebony thunderbolt0', 'failure full-frames-lost']);
});

it('a closed ring without STP is a failure; more blocked ports than rings are a warning', () => {
  const world = sound();
  for (const node of names) {
    change(world, node, { stp: false });
    for (const one of live(world, node).ports) one.state = 'forwarding';
  }
  expect(codes(world)).toEqual([
    'failure ring-without-stp',
    'warning stp-off baobab',
    'warning stp-off ebony',
    'warning stp-off tapia',
  ]);
  const blocked = sound();
  port(blocked, 'ebony', 'thunderbolt0').state = 'blocking';
  expect(codes(blocked)).toEqual(['warning ports-blocked']);
});

it('a node that is silent says why, and whether the others reach it over the bridge', () => {
  const world = sound();
  const problem = {
    code: 'SSH_UNREACHABLE',
    what: 'ebony does not answer.',
    state: '',
    next: 'Switch it on.',
  } as const;
  world.nodes = world.nodes.map((one) =>
    one.node === 'ebony' ? { node: 'ebony', at: one.at, problem } : one,
  );
  expect(findingsOf(world)).toEqual([
    {
      severity: 'failure',
      code: 'node-silent',
      node: 'ebony',
      what: 'ebony does not answer. Its thunderbridge does answer baobab, tapia.',
      next: 'Switch it on.',
    },
  ]);
  fail(world, 'ebony', false);
  expect(codes(world)).toEqual(['failure node-silent ebony']);
  expect(findingsOf(world)[0]?.what).toContain('No other node reaches it over the bridge either.');
});

it('no bridge on one node, and none anywhere, are two things', () => {
  const world = sound();
  delete live(world, 'ebony').bridge;
  for (const one of live(world, 'ebony').ports) Object.assign(one, { enslaved: false, state: undefined });
  fail(world, 'ebony', false);
  expect(codes(world)).toEqual(['failure bridge-missing ebony', 'failure bridge-parted']);
  for (const node of names) delete live(world, node).bridge;
  for (const pair of world.pairs) Object.assign(pair, { passed: false, sent: 0, received: 0 });
  expect(codes(world)).toEqual(['failure nothing-deployed']);
});

it('a bridge that is down, and one without its address, are named', () => {
  const world = sound();
  change(world, 'ebony', { up: false, addresses: ['10.99.0.9/24'] });
  fail(world, 'ebony', false);
  expect(codes(world)).toEqual(['failure bridge-down ebony', 'failure address-missing ebony']);
  expect(findingsOf(world)[1]).toMatchObject({
    what: 'thunderbridge on ebony has not its address 10.99.0.2/24, but 10.99.0.9/24.',
    next: 'On ebony run: ip address add 10.99.0.2/24 dev thunderbridge',
  });
});

it('one IPv6 address in two spellings is the same', () => {
  const world = sound();
  const six = {
    ...ring,
    nodes: ring.nodes.map((node, index) => ({ ...node, address: `FD00:0:0::${index + 1}/64` })),
  };
  names.forEach((node, index) => {
    change(world, node, { addresses: [`fd00::${index + 1}/64`] });
  });
  expect(findingsOf(world, 'asked', six)).toEqual([]);
});

it('a node without an address in the cluster file is asked for it', () => {
  const nodes = ring.nodes.map(({ address, ...rest }) =>
    rest.node === 'ebony' || address === undefined ? rest : { ...rest, address },
  );
  const bridge = { ...ring, nodes };
  const world = sound();
  fail(world, 'ebony', false);
  expect(findingsOf(world, 'asked', bridge)).toMatchObject([{ code: 'address-untold', node: 'ebony' }]);
});

it('nothing that explains why nothing gets through is said as such', () => {
  const world = sound();
  fail(world, 'ebony', false);
  expect(codes(world)).toEqual(['failure no-way']);
});

it('some frames that are lost are counted', () => {
  const world = sound();
  Object.assign(world.pairs[0] ?? {}, { passed: false, sent: 10, received: 7 });
  expect(findingsOf(world)).toMatchObject([
    {
      severity: 'failure',
      code: 'frames-lost',
      what: 'Some full frames are lost: baobab → ebony (3 of 10).',
    },
  ]);
});

it('a ping that cannot send full frames is the trouble, not the bridge', () => {
  const world = sound();
  for (const pair of world.pairs.filter(({ from }) => from === 'ebony'))
    Object.assign(pair, { passed: false, sent: 0, received: 0, said: "ping: invalid option -- 'M'" });
  expect(findingsOf(world)).toMatchObject([
    { code: 'ping-unusable', node: 'ebony', next: 'On ebony run: apt-get install iputils-ping' },
  ]);
});

it('a deploy that waits for its confirmation is a warning, but not to itself', () => {
  const world = sound();
  live(world, 'ebony').armed = { deploy: 'x', secondsLeft: 61.4 };
  expect(codes(world)).toEqual(['warning unconfirmed ebony']);
  expect(findingsOf(world, 'deploy')).toEqual([]);
});

it('a foreign port with a smaller MTU is only a warning', () => {
  const world = sound();
  live(world, 'ebony').ports.push({
    name: 'tap100i0',
    present: true,
    enslaved: true,
    mtu: 1500,
    carrier: true,
    state: 'forwarding',
  });
  expect(codes(world)).toEqual(['warning other-port-mtu ebony tap100i0']);
});
