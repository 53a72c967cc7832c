import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SshServer } from '../../rig/sshd.ts';
import { type OpenWorld, SshWorld } from '../ssh/ssh-world.ts';

export const ringNodes = ['baobab', 'ebony', 'tapia'] as const;
type RingNode = (typeof ringNodes)[number];

/** Who is root is not left to random addresses: STP then blocks the port of ebony that leads to tapia. */
const priorities = { baobab: '4096', ebony: '32768', tapia: '8192' } as const;

/** `sifaka-ring-<pid>-<4 hex>-<node>`: the process that made it is in the name, so that the next run can clean up after a dead one. */
const prefix = 'sifaka-ring-';

/**
 * Three nodes with real bridges in a ring over veths, each in a network namespace of its own; their sshds listen on this
 * machine's loopback, and their forced command enters the namespace. Nothing in there reaches anything outside.
 */
export class RingWorld extends SshWorld {
  private readonly mark = `${prefix}${process.pid}-${randomBytes(2).toString('hex')}`;
  readonly daemons = new Map<string, SshServer>();

  constructor() {
    super();
    removeLeftOvers();
    for (const node of ringNodes) {
      ip('netns', 'add', this.space(node));
      // Nobody answers by IPv6 that the test did not give an address.
      this.in(node, 'ip', 'link', 'set', 'lo', 'up');
    }
  }

  /** The bridge of every node, its address and the cables of the ring; STP as fast as the kernel takes it. */
  build({ stp = true, mtu = 65_520 }: { stp?: boolean; mtu?: number } = {}): void {
    for (const node of ringNodes) {
      const bridge = ['type', 'bridge', 'stp_state', stp ? '1' : '0', 'forward_delay', '200'];
      const times = ['hello_time', '100', 'max_age', '600', 'priority', priorities[node]];
      this.in(node, 'ip', 'link', 'add', 'thunderbridge', ...bridge, ...times);
    }
    for (const node of ringNodes) {
      // While it differs from what the ports would give it: only a change is kept when a port has another one.
      this.in(node, 'ip', 'link', 'set', 'thunderbridge', 'mtu', String(mtu));
    }
    for (const node of ringNodes) this.plug(node, mtu);
    for (const node of ringNodes) {
      this.in(node, 'ip', 'address', 'add', `${addressOf(node)}/24`, 'dev', 'thunderbridge');
      this.in(node, 'ip', 'link', 'set', 'thunderbridge', 'up');
    }
  }

  /** The cable from `thunderbolt1` of a node to `thunderbolt0` of the next. */
  plug(node: RingNode, mtu = 65_520): void {
    const next = nextOf(node);
    const ends = ['netns', this.space(node), 'mtu', String(mtu), 'type', 'veth'];
    const peer = ['peer', 'name', 'thunderbolt0', 'netns', this.space(next), 'mtu', String(mtu)];
    ip('link', 'add', 'thunderbolt1', ...ends, ...peer);
    for (const [end, port] of [
      [node, 'thunderbolt1'],
      [next, 'thunderbolt0'],
    ] as const)
      this.in(end, 'ip', 'link', 'set', port, 'master', 'thunderbridge', 'up');
  }

  /** As with a Thunderbolt cable, both interfaces are gone. */
  cut(node: RingNode): void {
    this.in(node, 'ip', 'link', 'del', 'thunderbolt1');
  }

  /** Runs a program in a node's namespace. */
  in(node: RingNode, ...argv: string[]): string {
    return ip('netns', 'exec', this.space(node), ...argv);
  }

  /** Which ports STP has in a state now. */
  ports(state: string): string[] {
    return ringNodes.flatMap((node) =>
      this.in(node, 'bridge', 'link')
        .split('\n')
        .filter((line) => line.includes(` state ${state} `))
        .map((line) => `${node}:${/^\d+: ([^:@]+)/.exec(line)?.[1]}`),
    );
  }

  /** From now on a node finds this script under a program's name, before the program of the machine. */
  program(node: RingNode, name: string, script: string): void {
    const file = join(this.programs(node), name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  }

  /** Takes back every `program`. */
  honest(): void {
    for (const node of ringNodes)
      for (const name of readdirSync(this.programs(node))) rmSync(join(this.programs(node), name));
  }

  /** The nodes as the lab knows them, trusted. */
  async openRing(): Promise<OpenWorld> {
    const key = this.key();
    for (const node of ringNodes) {
      const folder = this.programs(node);
      mkdirSync(folder);
      const enter = `exec /usr/sbin/ip netns exec ${this.space(node)} /bin/sh -c "$SSH_ORIGINAL_COMMAND"`;
      const server = await this.sshd({
        settings: [`ForceCommand PATH=${folder}:$PATH; export PATH; ${enter}`],
      });
      server.authorize(key);
      this.daemons.set(node, server);
    }
    const world = await this.trusting(Object.fromEntries(this.daemons));
    this.describe();
    return world;
  }

  /** Writes the bridge into the cluster file, over the plain nodes. */
  private describe(): void {
    const file = join(this.labFolder, 'cluster', 'madagascar.json');
    const cluster = JSON.parse(readFileSync(file, 'utf8'));
    const { madagascar } = cluster.clusters;
    for (const node of ringNodes)
      madagascar.nodes[node].thunderbridge = {
        bridge: 'thunderbridge',
        address: `${addressOf(node)}/24`,
        mtu: 65_520,
        ports: ['thunderbolt0', 'thunderbolt1'],
      };
    madagascar.thunderbridge = {
      cables: ringNodes.map((node) => [`${node}:thunderbolt1`, `${nextOf(node)}:thunderbolt0`]),
    };
    writeFileSync(file, JSON.stringify(cluster, undefined, 2));
  }

  override async remove(): Promise<void> {
    try {
      await super.remove();
    } finally {
      removeSpaces((name) => name.startsWith(this.mark));
    }
  }

  private programs(node: RingNode): string {
    return join(this.folder, `programs-${node}`);
  }

  private space(node: RingNode): string {
    return `${this.mark}-${node}`;
  }
}

export function addressOf(node: RingNode): string {
  return `10.99.0.${ringNodes.indexOf(node) + 1}`;
}

function nextOf(node: RingNode): RingNode {
  return ringNodes[(ringNodes.indexOf(node) + 1) % ringNodes.length] ?? 'baobab';
}

function ip(...parameters: string[]): string {
  return execFileSync('ip', parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** What runs that was killed before it could clean up left behind. */
function removeLeftOvers(): void {
  removeSpaces((name) => {
    const pid = Number(new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1]);
    if (!Number.isInteger(pid) || pid === process.pid) return false;
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  });
}

function removeSpaces(which: (name: string) => boolean): void {
  let names: string[];
  try {
    names = readdirSync('/run/netns').filter(which);
  } catch {
    return;
  }
  for (const name of names) {
    // What still runs in there keeps the namespace and its links alive.
    for (const pid of ip('netns', 'pids', name).split(/\s+/).filter(Boolean)) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // It has just ended.
      }
    }
    ip('netns', 'del', name);
  }
}
