import type { LabFolder } from '../lab/lab-folder.ts';
import { Connections, type Limits } from './connections.ts';
import { type ClusterMember, clusterMembers, type Destination, Destinations } from './destination.ts';
import type { HostKey } from './host-key.ts';
import { type CommandLimits, type CommandResult, type RemoteCommand, runCommand } from './run-command.ts';
import type { SshAccount } from './ssh-account.ts';
import { trustedKeys } from './trusted-keys.ts';

export interface SshOptions {
  readonly lab: LabFolder;
  readonly account: SshAccount;
  readonly limits?: Partial<Limits>;
}

/** The lab's nodes and the ways to them, as the cluster file and the operator's settings are now. */
export interface Ways {
  readonly members: readonly ClusterMember[];
  readonly destinations: Destinations;
}

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly limits?: Partial<CommandLimits>;
}

/** SSH to the nodes of a lab: what every domain that talks to nodes is built on. */
export interface Ssh {
  /** LAB_NOT_FOUND, LAB_FILE_INVALID. A lab without a cluster file has no nodes. */
  ways(): Promise<Ways>;
  /** Runs one command on a destination, over the one connection to it; the problems of `connect` and `runCommand`. */
  run(destination: Destination, command: RemoteCommand, options: RunOptions): Promise<RunResult>;
  /** The key that answers there now. Nothing is trusted by looking, and nobody logs in. */
  lookAtHostKey(destination: Destination, signal: AbortSignal): Promise<HostKey>;
  /** Ends the connection to a destination whose packets are lost, so that the next command makes a new one. */
  forget(destination: Destination): void;
  /** Ends every connection. */
  close(): void;
}

export interface RunResult extends CommandResult {
  /** The key the host proved to hold. */
  readonly hostKey: HostKey;
}

const usualLimits: Limits = { connectMilliseconds: 20_000, idleMilliseconds: 60_000 };
const usualCommandLimits: CommandLimits = { milliseconds: 60_000, bytes: 1024 * 1024 };

export function createSsh({ lab, account, limits }: SshOptions): Ssh {
  const connections = new Connections({
    account,
    limits: { ...usualLimits, ...limits },
    trustedKeys: (host) => trustedKeys(lab, host),
  });
  return {
    async ways() {
      const [cluster, config] = await Promise.all([lab.cluster(), account.readConfig()]);
      const members = cluster === undefined ? [] : clusterMembers(cluster.file, cluster.value);
      return { members, destinations: new Destinations(members, config, account) };
    },
    run: (destination, command, options) =>
      connections.command(destination, options.signal, async ({ client, hostKey }) => ({
        ...(await runCommand(client, destination, command, {
          limits: { ...usualCommandLimits, ...options.limits },
          signal: options.signal,
        })),
        hostKey,
      })),
    lookAtHostKey: (destination, signal) => connections.lookAtHostKey(destination, signal),
    forget: (destination) => connections.forget(destination),
    close: () => connections.close(),
  };
}
