import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SshServer } from '../../rig/sshd.ts';
import type { SshWorld } from '../ssh/ssh-world.ts';

const netns = '/run/netns';

/**
 * Nodes that are no more than a network namespace each: what is asked over SSH runs within it, with the machine's own
 * programs. Enough for what interfaces and bridges are like; a node that boots is in tests/rig/cluster.
 */
export class NamespaceNodes {
  private readonly own = `sifaka-facts-${process.pid}-${randomBytes(3).toString('hex')}-`;
  private readonly world: SshWorld;

  constructor(world: SshWorld) {
    this.world = world;
    removeThoseOfDeadRuns();
  }

  /** A node with the loopback interface up, reached through a server whose commands all run in its namespace. */
  async add(name: string): Promise<SshServer> {
    const namespace = this.namespaceOf(name);
    execFileSync('ip', ['netns', 'add', namespace]);
    this.ip(name, 'link', 'set', 'lo', 'up');
    const enter = join(this.world.folder, `enter-${name}.sh`);
    writeFileSync(enter, `#!/bin/sh\nexec ip netns exec ${namespace} /bin/sh -c "$SSH_ORIGINAL_COMMAND"\n`);
    chmodSync(enter, 0o755);
    return this.world.sshd({ settings: [`ForceCommand ${enter}`] });
  }

  /** `ip` in a node's namespace. */
  ip(name: string, ...parameters: string[]): void {
    execFileSync('ip', ['-n', this.namespaceOf(name), ...parameters], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  }

  /** A cable: one interface in each namespace. */
  cable(from: readonly [string, string], to: readonly [string, string], mtu = 65_520): void {
    const [one, port] = from;
    const [other, otherPort] = to;
    const peer = ['peer', 'name', otherPort, 'netns', this.namespaceOf(other)];
    this.ip(one, 'link', 'add', port, 'mtu', String(mtu), 'type', 'veth', ...peer);
    this.ip(other, 'link', 'set', otherPort, 'mtu', String(mtu));
  }

  remove(): void {
    for (const name of readdirSync(netns)) if (name.startsWith(this.own)) removeNamespace(name);
  }

  private namespaceOf(name: string): string {
    return `${this.own}${name}`;
  }
}

function removeThoseOfDeadRuns(): void {
  for (const name of listed()) {
    const pid = /^sifaka-facts-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) removeNamespace(name);
  }
}

function listed(): string[] {
  try {
    return readdirSync(netns);
  } catch {
    return [];
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function removeNamespace(name: string): void {
  execFileSync('ip', ['netns', 'delete', name]);
}
