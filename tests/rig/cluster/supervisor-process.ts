/**
 * Process 1 in the namespaces of one cluster: everything of it is made and runs here. When its owner is gone, however that
 * ended, it exits, and the kernel ends every process, mount and network in these namespaces.
 */
import { mkdirSync } from 'node:fs';
import { connect, Server, type Socket } from 'node:net';
import type { AnswerMessage, CallMessage, Calls, ClusterPlan, RelayMessage } from './calls.ts';
import { Machine } from './machine.ts';
import { Network } from './network.ts';
import { installProxmox, leaveProxmox } from './proxmox-disks.ts';
import { runHere, succeed } from './run-here.ts';

let network: Network | undefined;
const machines = new Map<string, Machine>();
const addresses = new Map<string, string>();
const clients = new Map<Socket, string>();

function machine(name: string): Machine {
  const found = machines.get(name);
  if (found === undefined) throw new Error(`no node ${name}`);
  return found;
}

function built(): Network {
  if (network === undefined) throw new Error('nothing was built');
  return network;
}

async function build(plan: ClusterPlan): Promise<void> {
  // Namespaces and systemd-nspawn leave their marks in /run.
  await succeed('mount', '-t', 'tmpfs', '-o', 'mode=755', 'run', '/run');
  mkdirSync('/run/netns');
  const own = new Network(plan);
  network = own;
  await own.build('192.0.2.254/24');
  for (const node of plan.nodes) {
    addresses.set(node.name, node.address);
    machines.set(node.name, new Machine(node, own, plan.cgroups));
  }
  await Promise.all([...machines.values()].map((one) => one.makeDisk(plan.root)));
  if (plan.proxmox !== undefined) await installProxmox(plan.proxmox, [...machines.keys()]);
}

const calls: Calls = {
  build,
  boot: ({ node }) => machine(node).boot(),
  async powerOff({ node, hard }) {
    await machine(node).powerOff(hard);
    await leaveProxmox(node);
  },
  reboot: ({ node, hard }) => machine(node).reboot(hard),
  started: ({ node, times }) => machine(node).started(times),
  status: async ({ node }) => machine(node).status,
  run: async ({ node, argv, input }) =>
    node === undefined ? runHere(argv, input) : machine(node).run(argv, input),
  plug: ({ cable, mtu }) => built().plug(cable, mtu),
  cut: ({ cable }) => built().cut(cable),
  management: ({ node, passes }) => built().management(node, passes),
  async dropConnections({ node }) {
    for (const [client, to] of clients) if (to === node) client.resetAndDestroy();
  },
  fillDisk: ({ node }) => machine(node).fillDisk(),
  freeDisk: ({ node }) => machine(node).freeDisk(),
};

/** Passes a connection from outside on to a node: a socket stays in the network where it was made. */
function relay(client: Socket, node: string): void {
  const inside = connect({ host: addresses.get(node) ?? '', port: 22 });
  clients.set(client, node);
  client.on('error', () => inside.destroy());
  client.on('close', () => {
    clients.delete(client);
    inside.destroy();
  });
  inside.on('error', (error: NodeJS.ErrnoException) => {
    // Where nothing answers the client waits as it would without a relay.
    const refused = error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET' || error.code === 'EPIPE';
    if (refused) client.resetAndDestroy();
  });
  client.pipe(inside);
  inside.pipe(client);
}

process.on('message', (message: CallMessage | RelayMessage, handle: unknown) => {
  if ('relay' in message) {
    if (handle instanceof Server) handle.on('connection', (client) => relay(client, message.relay));
    return;
  }
  const { id, call, input } = message;
  // The owner is this program's other half: what it sends is what the call takes.
  const work = calls[call] as (of: unknown) => Promise<unknown>;
  const answer = (result: Omit<AnswerMessage, 'id'>) => process.send?.({ id, ...result });
  Promise.resolve()
    .then(() => work(input))
    .then(
      (value) => answer({ value }),
      (error: unknown) => answer({ error: error instanceof Error ? error.message : String(error) }),
    );
});
process.on('disconnect', () => process.exit(0));
