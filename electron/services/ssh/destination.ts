import { Problem } from '../../../shared/problem.ts';
import {
  type ClusterFile,
  type ClusterNode,
  hostAddressSchema,
  remoteUserSchema,
} from '../../../shared/schemas/cluster.ts';
import { onOneLine } from '../lab/plain-text.ts';
import { type ClientConfig, type HostSettings, settingsFor } from './client-config.ts';
import { knownHostsName } from './known-hosts.ts';
import type { SshAccount } from './ssh-account.ts';
import { nodeUnknown } from './ssh-problems.ts';

/** Where one connection goes, as whom and with which keys. */
export interface Destination {
  /** What its host keys are pinned by: the node's name, or a jump host as known_hosts would name it. */
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Through these, the first one first. */
  readonly jumps: readonly Destination[];
  readonly settings: HostSettings;
  /** The names a known_hosts file may have it under. */
  readonly knownAs: readonly string[];
}

export interface ClusterMember {
  readonly name: string;
  readonly cluster: string;
  readonly node: ClusterNode;
}

/** Every node of the cluster file, in its order. LAB_FILE_INVALID when one name is in two clusters. */
export function clusterMembers(file: string, { clusters }: ClusterFile): ClusterMember[] {
  const members = Object.entries(clusters).flatMap(([cluster, { nodes }]) =>
    Object.entries(nodes).map(([name, node]) => ({ name, cluster, node })),
  );
  const seen = new Set<string>();
  for (const { name } of members) {
    if (seen.has(name)) throw twice(file, name);
    seen.add(name);
  }
  return members;
}

const mostJumps = 4;

/** Finds the way to hosts from what the lab says of its nodes and the operator's own settings say besides. */
export class Destinations {
  private readonly members: ReadonlyMap<string, ClusterMember>;
  private readonly config: ClientConfig;
  private readonly account: SshAccount;

  constructor(members: readonly ClusterMember[], config: ClientConfig, account: SshAccount) {
    this.members = new Map(members.map((member) => [member.name, member]));
    this.config = config;
    this.account = account;
  }

  /** SSH_ADDRESS_MISSING, SSH_CONFIG_UNSUPPORTED, NODE_UNKNOWN. */
  toNode(name: string): Destination {
    return this.node(name, []);
  }

  /** A node, or a jump host that the way to some node goes through. NODE_UNKNOWN and those of `toNode`. */
  toHost(host: string): Destination {
    if (this.members.has(host)) return this.toNode(host);
    for (const name of this.members.keys()) {
      const jump = this.jumpsTo(name).find((found) => found.host === host);
      if (jump) return jump;
    }
    throw nodeUnknown(host);
  }

  /** The jumps to a node; none when its way cannot be told, which its own row of a list says. */
  private jumpsTo(name: string): readonly Destination[] {
    try {
      return this.toNode(name).jumps;
    } catch (error) {
      if (error instanceof Problem) return [];
      throw error;
    }
  }

  private node(name: string, behind: readonly string[]): Destination {
    const member = this.members.get(name);
    if (!member) throw nodeUnknown(name);
    const lab = member.node.ssh ?? {};
    const inLab = lab.address ?? addressIn(member.node);
    const settings = settingsFor(this.config, [name, ...(inLab === undefined ? [] : [inLab])]);
    const address = inLab ?? settings.hostName;
    if (address === undefined) throw addressMissing(name);
    const jump = lab.jump ?? settings.proxyJump;
    // A jump of the lab leads where the lab says; the operator's ProxyCommand is for another way.
    if (lab.jump === undefined) refuseUnsupported(name, settings);
    const port = lab.port ?? settings.port ?? 22;
    return {
      host: name,
      address,
      port,
      user: this.userFor(name, lab.user ?? settings.user),
      jumps: this.jumps(jump, [...behind, name]),
      settings,
      knownAs: [...new Set([name, address, ...aliasesOf(member.node)])].map((known) =>
        knownHostsName(known, port),
      ),
    };
  }

  /** `ProxyJump`: `[user@]host[:port]` parted by commas, the first one first; `none` is none. */
  private jumps(text: string | undefined, behind: readonly string[]): Destination[] {
    if (text === undefined || text.toLowerCase() === 'none') return [];
    const named = text.split(',').map((part) => this.jump(part.trim(), behind));
    // Only the first has a way of its own: the others are reached through the one before, as with OpenSSH.
    const jumps = (named[0]?.jumps ?? []).concat(named).map(withoutJumps);
    if (jumps.length > mostJumps) throw badJump(behind.at(-1) ?? '', `it is more than ${mostJumps} hosts`);
    return jumps;
  }

  private jump(part: string, behind: readonly string[]): Destination {
    const of = behind.at(-1) ?? '';
    const found =
      /^(?:ssh:\/\/)?(?:(?<user>[^@]+)@)?(?:\[(?<v6>[0-9a-fA-F:.%\w]+)\]|(?<name>[^:@[\]/]+))(?::(?<port>\d{1,5}))?$/.exec(
        part,
      );
    const { user, v6, name, port: portText } = found?.groups ?? {};
    const written = v6 ?? name;
    if (written === undefined) throw badJump(of, `"${onOneLine(part, 80)}" is not [user@]host[:port]`);
    if (behind.includes(written)) throw badJump(of, `${onOneLine(written, 80)} is jumped through to itself`);
    if (this.members.has(written) && portText === undefined) {
      const node = this.node(written, behind);
      return user === undefined ? node : { ...node, user: this.userFor(written, user) };
    }
    const settings = settingsFor(this.config, [written]);
    refuseUnsupported(written, settings);
    const address = settings.hostName ?? written;
    if (!hostAddressSchema.safeParse(address).success)
      throw badJump(of, `"${onOneLine(address, 80)}" is no address`);
    const port = portText === undefined ? (settings.port ?? 22) : Number(portText);
    if (port < 1 || port > 65535) throw badJump(of, `${port} is no port`);
    return {
      host: knownHostsName(written, port),
      address,
      port,
      user: this.userFor(written, user ?? settings.user),
      jumps: this.jumps(settings.proxyJump, [...behind, written]),
      settings,
      knownAs: [...new Set([written, address])].map((known) => knownHostsName(known, port)),
    };
  }

  private userFor(host: string, name: string | undefined): string {
    const user = name ?? this.account.userName;
    if (remoteUserSchema.safeParse(user).success) return user;
    throw new Problem('SSH_CONFIG_UNSUPPORTED', {
      what: `The user to log in to ${host} as is not a name that is used: "${onOneLine(user, 80)}".`,
      state: 'No connection was made.',
      next: `Say in the cluster file who logs in, as in "ssh": { "user": "root" } of ${host}.`,
    });
  }
}

/** One part of a way: what comes before it is told by its place. */
function withoutJumps(jump: Destination): Destination {
  return { ...jump, jumps: [] };
}

/** `hosts.management`, else `wan.address` without its prefix; a node of another tool may have other things there. */
function addressIn({ hosts, wan }: ClusterNode): string | undefined {
  const wanAddress = wan?.['address'];
  const candidates = [
    hosts?.['management'],
    typeof wanAddress === 'string' ? wanAddress.replace(/\/\d{1,3}$/, '') : undefined,
  ];
  for (const candidate of candidates) {
    const parsed = hostAddressSchema.safeParse(candidate);
    if (parsed.success) return parsed.data;
  }
  return undefined;
}

function aliasesOf({ hosts }: ClusterNode): string[] {
  const aliases: unknown = hosts?.['aliases'];
  return Array.isArray(aliases)
    ? aliases.filter((alias): alias is string => hostAddressSchema.safeParse(alias).success)
    : [];
}

function refuseUnsupported(host: string, { unsupported }: HostSettings): void {
  if (unsupported === undefined) return;
  throw new Problem('SSH_CONFIG_UNSUPPORTED', {
    what: `~/.ssh/config reaches ${host} by ${unsupported}, which Sifaka does not run.`,
    state: 'No connection was made: without it, it would go elsewhere.',
    next: `Use ProxyJump there, or say in the cluster file how ${host} is reached, as in "ssh": { "jump": "none" }.`,
  });
}

function addressMissing(name: string): Problem {
  return new Problem('SSH_ADDRESS_MISSING', {
    what: `The lab does not say at which address ${name} is managed.`,
    state: 'No connection was made.',
    next: `Write it into the cluster file, as in "hosts": { "management": "192.168.22.71" } of ${name}.`,
  });
}

function badJump(name: string, why: string): Problem {
  return new Problem('SSH_CONFIG_UNSUPPORTED', {
    what: `The way to ${onOneLine(name, 80)} through another host cannot be followed: ${why}.`,
    state: 'No connection was made.',
    next: 'Correct ssh.jump in the cluster file, or ProxyJump in ~/.ssh/config.',
  });
}

function twice(file: string, name: string): Problem {
  return new Problem('LAB_FILE_INVALID', {
    what: `${file} has the node ${name} in two clusters.`,
    state: 'No node was asked.',
    next: 'Give each node a name of its own: its host keys are kept by it.',
    where: { file },
  });
}
