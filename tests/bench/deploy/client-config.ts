import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../../rig/cluster/start-cluster.ts';

export interface ClientConfig {
  /** For `-F`: each command has a connection of its own. */
  readonly plain: string;
  /** The first command to a node leaves a connection for those that follow. */
  readonly shared: string;
}

/** Configurations of OpenSSH's client with the way to each node of a cluster. */
export function writeClientConfig({ folder, home, nodes }: Cluster): ClientConfig {
  const ssh = join(folder, 'client');
  mkdirSync(ssh, { mode: 0o700 });
  const known = join(ssh, 'known_hosts');
  writeFileSync(known, nodes.map(({ knownHosts }) => knownHosts).join(''));
  const ways = nodes
    .flatMap(({ name, address, port }) => [
      `Host ${name}`,
      `HostName ${address}`,
      `Port ${port}`,
      'User root',
      `IdentityFile ${join(home, '.ssh/id_ed25519')}`,
      'IdentitiesOnly yes',
      'IdentityAgent none',
      `UserKnownHostsFile ${known}`,
      'StrictHostKeyChecking yes',
      '',
    ])
    .join('\n');
  const sharing = ['Host *', 'ControlMaster auto', 'ControlPersist 60', `ControlPath ${ssh}/%n`, ''].join(
    '\n',
  );
  const config = { plain: join(ssh, 'config'), shared: join(ssh, 'config-shared') };
  writeFileSync(config.plain, ways);
  writeFileSync(config.shared, `${ways}${sharing}`);
  return config;
}
