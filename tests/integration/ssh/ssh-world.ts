import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../electron/services/clock.ts';
import type { LabFolder } from '../../../electron/services/lab/lab-folder.ts';
import { openLabFolder } from '../../../electron/services/lab/open-lab-folder.ts';
import { parseClientConfig } from '../../../electron/services/ssh/client-config.ts';
import type { Limits } from '../../../electron/services/ssh/connections.ts';
import { createNodeService, type NodeService } from '../../../electron/services/ssh/node-service.ts';
import type { CommandLimits, RemoteCommand } from '../../../electron/services/ssh/run-command.ts';
import { createSsh, type RunResult, type Ssh } from '../../../electron/services/ssh/ssh.ts';
import { type Agent, makeKey, ownUser, type SshServer, startAgent, startSshd } from '../../rig/sshd.ts';

export type NodeEntry = Readonly<Record<string, unknown>>;

/** An operator with a home folder, a lab, and servers of their own. Everything is gone after `remove`. */
export class SshWorld {
  readonly folder = mkdtempSync(join(tmpdir(), 'sifaka-ssh-'));
  readonly home = join(this.folder, 'home');
  readonly labFolder = join(this.folder, 'lab');
  private readonly ends: (() => Promise<void> | void)[] = [];
  private servers = 0;
  agent: string | undefined;
  config = '';

  constructor() {
    mkdirSync(join(this.home, '.ssh'), { recursive: true });
    mkdirSync(join(this.labFolder, 'cluster'), { recursive: true });
  }

  /** A key in the operator's own .ssh; answers its public half. */
  key(name = 'id_ed25519', ...parameters: string[]): string {
    return makeKey(this.keyFile(name), ...parameters);
  }

  keyFile(name = 'id_ed25519'): string {
    return join(this.home, '.ssh', name);
  }

  async sshd(options: Parameters<typeof startSshd>[1] = {}): Promise<SshServer> {
    this.servers += 1;
    const server = await startSshd(join(this.folder, `sshd-${this.servers}`), options);
    this.ends.push(() => server.stop());
    return server;
  }

  /** A server that does what it is told with every connection. */
  async strangeServer(meet: (socket: Socket) => void): Promise<number> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
      meet(socket);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    this.ends.push(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    });
    return (server.address() as AddressInfo).port;
  }

  async startAgent(): Promise<Agent> {
    const agent = await startAgent(join(this.folder, 'agent'));
    this.agent = agent.socket;
    this.ends.push(() => agent.stop());
    return agent;
  }

  /** The lab's cluster file: nodes on this machine, by their port. */
  nodes(nodes: Readonly<Record<string, number | NodeEntry>>): void {
    const entries = Object.entries(nodes).map(([name, node]) => [
      name,
      typeof node === 'number'
        ? { hosts: { management: '127.0.0.1' }, ssh: { port: node, user: ownUser } }
        : node,
    ]);
    writeFileSync(
      join(this.labFolder, 'cluster', 'madagascar.json'),
      JSON.stringify({ clusters: { madagascar: { nodes: Object.fromEntries(entries) } } }),
    );
  }

  async open(limits?: Partial<Limits>): Promise<OpenWorld> {
    const lab = await openLabFolder({ root: this.labFolder, clock: systemClock });
    const ssh = createSsh({
      lab,
      account: {
        homeFolder: this.home,
        userName: ownUser,
        agent: this.agent,
        readConfig: async () => parseClientConfig(this.config),
      },
      ...(limits ? { limits } : {}),
    });
    this.ends.push(() => ssh.close());
    return { lab, ssh, nodes: createNodeService({ lab, ssh, clock: systemClock }) };
  }

  /** A world whose nodes are these servers, trusted and with the operator's key. */
  async trusting(servers: Readonly<Record<string, SshServer>>, limits?: Partial<Limits>): Promise<OpenWorld> {
    this.nodes(Object.fromEntries(Object.entries(servers).map(([name, { port }]) => [name, port])));
    const world = await this.open(limits);
    for (const [host, server] of Object.entries(servers)) await trust(world, host, server);
    return world;
  }

  /** In the opposite order: connections before servers. */
  async remove(): Promise<void> {
    for (const end of this.ends.toReversed()) await end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface OpenWorld {
  readonly lab: LabFolder;
  readonly ssh: Ssh;
  readonly nodes: NodeService;
}

export const still = new AbortController().signal;

export function trust({ nodes }: OpenWorld, host: string, { knownHosts }: SshServer) {
  return nodes.trust({ host, proof: { knownHosts }, replace: false }, still);
}

/** Runs a command on a node. */
export async function runOn(
  { ssh }: OpenWorld,
  node: string,
  command: RemoteCommand,
  options: { signal?: AbortSignal; limits?: Partial<CommandLimits> } = {},
): Promise<RunResult> {
  const { destinations } = await ssh.ways();
  return ssh.run(destinations.toNode(node), command, { signal: still, ...options });
}
