import { symlink, textFile, writtenBy, type DesiredEntry, type RenderInput } from './desired-entry.ts';
import { longhornDisksFile } from './longhorn.ts';
import { bootstrapScript, scriptPaths } from './scripts.ts';
import { requireUnitPath, unitProgram, wantedBy } from './systemd-text.ts';

const roleFile = '/etc/sifaka/k3s-role';
const stamp = '/var/lib/sifaka/bootstrapped';
const check = 'sifaka-longhorn-check.service';

/**
 * The k3s unit of the node's role, not enabled by itself, and the unit that enables it once: after the network is up
 * and, on a node with Longhorn disks, after every disk was found mounted in its place. A check that fails is tried
 * again, so that a disk which wakes late only delays the node.
 */
export function renderBootstrap(input: RenderInput): DesiredEntry[] {
  const { k3s, longhornDisks } = input.node;
  if (k3s === undefined) return [];
  requireUnitPath(input.nodeClass.k3sBinary, `The k3s binary of class ${input.node.class}`);
  const guarded = longhornDisks.length > 0;
  const unit = k3s.role === 'server' ? 'k3s.service' : 'k3s-agent.service';
  const wants = wantedBy('multi-user.target', 'sifaka-bootstrap.service');
  return [
    textFile(
      `/etc/systemd/system/${unit}`,
      k3sUnit(input.nodeClass.k3sBinary, k3s.role, guarded),
      `Runs k3s as ${k3s.role}.`,
    ),
    textFile(roleFile, [k3s.role], 'Tells the bootstrap which k3s unit is for this node.'),
    textFile(
      scriptPaths.bootstrap,
      bootstrapScript.trimEnd().split('\n'),
      'Enables and starts k3s on the first boot, once.',
      { mode: 0o755 },
    ),
    textFile(
      '/etc/systemd/system/sifaka-bootstrap.service',
      bootstrapUnit(guarded),
      'Runs the bootstrap after the network is up, until it has succeeded once.',
    ),
    symlink(wants.path, wants.linkTarget, 'Enables the bootstrap.'),
  ];
}

function k3sUnit(binary: string, role: 'server' | 'agent', guarded: boolean): string[] {
  return [
    writtenBy,
    '[Unit]',
    `Description=Lightweight Kubernetes (${role})`,
    'Documentation=https://docs.k3s.io',
    'Wants=network-online.target',
    `After=network-online.target${guarded ? ` ${check}` : ''}`,
    ...(guarded ? [`Wants=${check}`] : []),
    '',
    '[Service]',
    'Type=notify',
    ...(guarded ? [`ExecStartPre=${scriptPaths.checkLonghorn} ${longhornDisksFile}`] : []),
    'ExecStartPre=-/sbin/modprobe br_netfilter',
    'ExecStartPre=-/sbin/modprobe overlay',
    `ExecStart=${unitProgram(binary)} ${role}`,
    'KillMode=process',
    'Delegate=yes',
    'LimitNOFILE=1048576',
    'LimitNPROC=infinity',
    'LimitCORE=infinity',
    'TasksMax=infinity',
    'TimeoutStartSec=0',
    'Restart=always',
    'RestartSec=5s',
    '',
    '[Install]',
    'WantedBy=multi-user.target',
  ];
}

function bootstrapUnit(guarded: boolean): string[] {
  return [
    writtenBy,
    '[Unit]',
    'Description=Bring this node into its cluster, once',
    `ConditionPathExists=!${stamp}`,
    'Wants=network-online.target',
    `After=network-online.target${guarded ? ` ${check}` : ''}`,
    ...(guarded ? [`Wants=${check}`] : []),
    '',
    '[Service]',
    'Type=oneshot',
    'RemainAfterExit=yes',
    ...(guarded ? [`ExecStartPre=${scriptPaths.checkLonghorn} ${longhornDisksFile}`] : []),
    `ExecStart=${scriptPaths.bootstrap} ${roleFile} ${stamp}`,
    'Restart=on-failure',
    'RestartSec=15s',
    '',
    '[Install]',
    'WantedBy=multi-user.target',
  ];
}
