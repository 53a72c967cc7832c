/** What a cluster's owner asks of its supervisor, over the channel between the two processes. */
export interface Calls {
  build(plan: ClusterPlan): Promise<void>;
  /** Starts a node that is off. Resolves when its systemd has started what it starts. */
  boot(input: { node: string }): Promise<void>;
  /** Ends a node: as `poweroff` does, or as a plug pulled. Its cables and its network are gone with it. */
  powerOff(input: { node: string; hard: boolean }): Promise<void>;
  /** As `reboot` does, or as a button held down. Resolves as `boot` does. */
  reboot(input: { node: string; hard: boolean }): Promise<void>;
  /** Resolves when a node that is starting, or about to, has started at least so often. */
  started(input: { node: string; times: number }): Promise<void>;
  status(input: { node: string }): Promise<NodeStatus>;
  /** Runs a program as root in a node, or beside them all in the management network. */
  run(input: { node?: string; argv: readonly string[]; input?: Uint8Array }): Promise<ProgramEnd>;
  plug(input: { cable: number; mtu: number }): Promise<void>;
  cut(input: { cable: number }): Promise<void>;
  /** Whether frames pass between a node and its management network. */
  management(input: { node: string; passes: boolean }): Promise<void>;
  /** Resets every connection from outside to a node's SSH. */
  dropConnections(input: { node: string }): Promise<void>;
  fillDisk(input: { node: string }): Promise<void>;
  freeDisk(input: { node: string }): Promise<void>;
}

export interface ClusterPlan {
  /** The root that all nodes lie over. */
  readonly root: string;
  /** The cgroup of the cluster in each hierarchy. */
  readonly cgroups: readonly string[];
  readonly nodes: readonly NodePlan[];
  readonly cables: readonly CablePlan[];
  /** What the stand-ins of Proxmox's programs need, where the nodes have them. */
  readonly proxmox?: ProxmoxPlan;
}

export interface ProxmoxPlan {
  /** The folder of tests/rig/proxmox. */
  readonly tools: string;
  /** The folder that a node shares with those of its Proxmox cluster, by node. */
  readonly shares: Readonly<Record<string, string>>;
  /** Storages by name and folders by path, which each node has in common with its cluster. */
  readonly shared: readonly string[];
}

export interface NodePlan {
  readonly name: string;
  /** In the management network, without a prefix length. */
  readonly address: string;
  readonly diskMiB: number;
  readonly files: readonly { readonly path: string; readonly content: string; readonly mode: number }[];
}

export interface CablePlan {
  readonly ends: readonly [CableEnd, CableEnd];
  readonly mtu: number;
}

export interface CableEnd {
  readonly node: string;
  readonly port: string;
}

export interface NodeStatus {
  readonly on: boolean;
  /** How often it has started what it starts, reboots of its own included. */
  readonly starts: number;
}

export interface ProgramEnd {
  /** 128 and the signal's number where one ended it. */
  readonly code: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

export interface CallMessage {
  readonly id: number;
  readonly call: keyof Calls;
  readonly input: unknown;
}

/** Comes with the handle of a server that listens outside. */
export interface RelayMessage {
  readonly relay: string;
}

export interface AnswerMessage {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}
