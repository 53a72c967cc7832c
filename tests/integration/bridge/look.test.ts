import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../../electron/services/clock.ts';
import { clusterBridge } from '../../../electron/services/bridge/cluster-bridge.ts';
import { lookAtNodes } from '../../../electron/services/bridge/facts/look.ts';
import { requireTools, unproven } from '../../rig/required-tools.ts';
import { freePort } from '../../rig/free-port.ts';
import { SshWorld, still, trust } from '../ssh/ssh-world.ts';
import { NamespaceNodes } from './namespace-nodes.ts';

let world: SshWorld;
let nodes: NamespaceNodes;
beforeEach((context) => {
  requireTools(context, 'sshd', 'ssh-keygen', 'ip');
  if (process.getuid?.() !== 0) unproven(context, 'makes network namespaces, so needs root');
  world = new SshWorld();
  nodes = new NamespaceNodes(world);
});
afterEach(async () => {
  await world?.remove();
  nodes?.remove();
});

it('a look says of every node what its bridge, its ports and its way are like, and of a silent one why it is silent', async () => {
  const [baobab, ebony] = [await nodes.add('baobab'), await nodes.add('ebony')];
  nodes.cable(['baobab', 'thunderbolt1'], ['ebony', 'thunderbolt0']);
  nodes.ip('baobab', 'link', 'add', 'thunderbridge', 'type', 'bridge', 'stp_state', '1');
  nodes.ip('baobab', 'link', 'set', 'thunderbridge', 'mtu', '65520', 'up');
  nodes.ip('baobab', 'addr', 'add', '10.99.0.1/24', 'dev', 'thunderbridge');
  nodes.ip('baobab', 'link', 'set', 'thunderbolt1', 'master', 'thunderbridge', 'up');
  nodes.ip('ebony', 'link', 'set', 'thunderbolt0', 'mtu', '1500', 'up');
  nodes.ip('baobab', 'link', 'add', 'guest', 'type', 'veth', 'peer', 'name', 'guest-end');
  nodes.ip('baobab', 'link', 'set', 'guest', 'master', 'thunderbridge');
  const key = world.key();
  baobab.authorize(key);
  ebony.authorize(key);
  world.nodes({
    baobab: member(baobab.port, '10.99.0.1/24'),
    ebony: member(ebony.port, '10.99.0.2/24'),
    tapia: member(await freePort(), '10.99.0.3/24'),
  });
  const open = await world.open();
  await trust(open, 'baobab', baobab);
  await trust(open, 'ebony', ebony);
  const bridge = await clusterBridge(open.lab);
  const names = ['tapia', 'baobab', 'ebony'];
  const [silent, first, second] = await lookAtNodes(
    { ssh: open.ssh, clock: systemClock },
    bridge,
    names,
    still,
  );
  expect(silent).toMatchObject({ node: 'tapia', problem: { code: expect.stringMatching(/^(SSH|HOST)_/) } });
  expect(first).toEqual({
    node: 'baobab',
    at: expect.any(String),
    live: {
      bridge: { name: 'thunderbridge', mtu: 65_520, up: true, stp: true, addresses: ['10.99.0.1/24'] },
      ports: [
        { name: 'thunderbolt0', present: false, enslaved: false },
        {
          name: 'thunderbolt1',
          present: true,
          enslaved: true,
          mtu: 65_520,
          carrier: true,
          state: expect.stringMatching(/^(listening|learning|forwarding)$/),
          receivedBytes: expect.any(Number),
          sentBytes: expect.any(Number),
        },
        {
          name: 'guest',
          present: true,
          enslaved: true,
          mtu: 1500,
          carrier: false,
          state: 'disabled',
          receivedBytes: 0,
          sentBytes: 0,
        },
      ],
      management: { interface: 'lo', address: '127.0.0.1' },
    },
  });
  expect(second?.live?.bridge).toBeUndefined();
  expect(second?.live?.ports).toMatchObject([
    { name: 'thunderbolt0', present: true, enslaved: false, mtu: 1500, carrier: true },
    { name: 'thunderbolt1', present: false },
  ]);
});

function member(port: number, address: string) {
  return {
    hosts: { management: '127.0.0.1' },
    ssh: { port, user: 'root' },
    thunderbridge: { address, mtu: 65_520, ports: ['thunderbolt0', 'thunderbolt1'] },
  };
}
