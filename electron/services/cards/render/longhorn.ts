import type { LonghornDisk } from '../../../../shared/schemas/inventory.ts';
import {
  inventoryMistake,
  symlink,
  textFile,
  writtenBy,
  type DesiredEntry,
  type RenderInput,
} from './desired-entry.ts';
import { checkLonghornScript, scriptPaths } from './scripts.ts';
import { escapeUnitPath, requireUnitPath, unitValue, wantedBy } from './systemd-text.ts';

/** Lines of `UUID MOUNT-POINT`, what check-longhorn reads. */
export const longhornDisksFile = '/etc/sifaka/longhorn-disks';

/** Folders that the system itself lives in: a disk mounted over one of them would hide it. */
const systemFolders = new Set([
  'bin',
  'boot',
  'dev',
  'etc',
  'lib',
  'lib32',
  'lib64',
  'proc',
  'run',
  'sbin',
  'sys',
  'usr',
]);
const sharedFolders = new Set([
  '/',
  '/home',
  '/media',
  '/mnt',
  '/opt',
  '/root',
  '/srv',
  '/tmp',
  '/var',
  '/var/lib',
  '/var/log',
]);

/**
 * A mount unit for each Longhorn disk, and a check that what is mounted is that disk. A disk that is missing does not
 * keep the node from booting: nothing requires the mount, it is not ordered before local-fs.target, and its job is
 * given up after a minute. It does keep k3s from starting (see bootstrap.ts). The mount point itself has mode 0000.
 */
export function renderLonghorn(input: RenderInput): DesiredEntry[] {
  const disks = input.node.longhornDisks;
  if (disks.length === 0) return [];
  for (const disk of disks) requireMountPath(input, disk);
  requireDistinct(input);
  const check = wantedBy('multi-user.target', 'sifaka-longhorn-check.service');
  return [
    ...disks.flatMap(diskEntries),
    textFile(
      longhornDisksFile,
      disks.map((disk) => `${disk.uuid.toLowerCase()} ${disk.mountPath}`),
      'Which disk belongs where.',
    ),
    textFile(
      scriptPaths.checkLonghorn,
      checkLonghornScript.trimEnd().split('\n'),
      'Refuses when a Longhorn disk is not mounted in its place.',
      { mode: 0o755 },
    ),
    textFile(
      '/etc/systemd/system/sifaka-longhorn-check.service',
      checkUnit(disks),
      'Checks the Longhorn disks at every boot, before k3s.',
    ),
    symlink(check.path, check.linkTarget, 'Enables the check of the Longhorn disks.'),
  ];
}

function mountUnitName(disk: LonghornDisk): string {
  return `${escapeUnitPath(disk.mountPath)}.mount`;
}

function diskEntries(disk: LonghornDisk): DesiredEntry[] {
  const unit = mountUnitName(disk);
  const device = `${escapeUnitPath(devicePath(disk))}.device`;
  const atBoot = wantedBy('multi-user.target', unit);
  const whenPluggedIn = wantedBy(device, unit);
  return [
    {
      kind: 'directory',
      path: disk.mountPath,
      mode: 0o000,
      uid: 0,
      gid: 0,
      reason: 'The mount point of a Longhorn disk, closed while nothing is mounted there.',
    },
    textFile(
      `/etc/systemd/system/${unit}`,
      mountUnit(disk),
      `Mounts the Longhorn disk ${disk.uuid.toLowerCase()}.`,
    ),
    symlink(atBoot.path, atBoot.linkTarget, 'Mounts the Longhorn disk at boot.'),
    symlink(whenPluggedIn.path, whenPluggedIn.linkTarget, 'Mounts the Longhorn disk when it appears later.'),
  ];
}

function devicePath(disk: LonghornDisk): string {
  return `/dev/disk/by-uuid/${disk.uuid.toLowerCase()}`;
}

/** systemd.mount(5). What fstab's `nofail` does: no default dependency on local-fs.target. xfs needs no fsck. */
function mountUnit(disk: LonghornDisk): string[] {
  const fsck = `systemd-fsck@${escapeUnitPath(devicePath(disk))}.service`;
  const checked = disk.filesystem === 'ext4';
  return [
    writtenBy,
    '[Unit]',
    `Description=Longhorn disk at ${unitValue(disk.mountPath)}`,
    'DefaultDependencies=no',
    `After=local-fs-pre.target${checked ? ` ${fsck}` : ''}`,
    ...(checked ? [`Wants=${fsck}`] : []),
    'Before=umount.target',
    'Conflicts=umount.target',
    'JobTimeoutSec=60s',
    '',
    '[Mount]',
    `What=${devicePath(disk)}`,
    `Where=${unitValue(disk.mountPath)}`,
    `Type=${disk.filesystem}`,
    'Options=noatime',
    '',
    '[Install]',
    'WantedBy=multi-user.target',
  ];
}

function checkUnit(disks: readonly LonghornDisk[]): string[] {
  const mounts = disks.map(mountUnitName).join(' ');
  return [
    writtenBy,
    '[Unit]',
    'Description=Check that every Longhorn disk is mounted in its place',
    `Wants=${mounts}`,
    `After=${mounts}`,
    '',
    '[Service]',
    'Type=oneshot',
    'RemainAfterExit=yes',
    `ExecStart=${scriptPaths.checkLonghorn} ${longhornDisksFile}`,
    '',
    '[Install]',
    'WantedBy=multi-user.target',
  ];
}

function requireMountPath(input: RenderInput, disk: LonghornDisk): void {
  const where = `The mount path of a Longhorn disk of ${input.nodeName}`;
  requireUnitPath(disk.mountPath, where);
  const top = disk.mountPath.split('/')[1] ?? '';
  const kind = input.imageEntries.get(disk.mountPath)?.info.kind ?? 'directory';
  if (systemFolders.has(top) || sharedFolders.has(disk.mountPath) || kind !== 'directory') {
    throw inventoryMistake(
      `${where} is ${disk.mountPath}, which the system itself uses.`,
      'Mount it at a folder of its own, as in /mnt/longhorn-1.',
    );
  }
}

function requireDistinct(input: RenderInput): void {
  const disks = input.node.longhornDisks;
  const uuids = new Set(disks.map((disk) => disk.uuid.toLowerCase()));
  const nested = disks.some((disk) =>
    disks.some((other) => other !== disk && `${other.mountPath}/`.startsWith(`${disk.mountPath}/`)),
  );
  if (uuids.size !== disks.length || nested) {
    throw inventoryMistake(
      `Two Longhorn disks of ${input.nodeName} have the same UUID, or one mount path lies in another.`,
      `Correct /nodes/${input.nodeName}/longhornDisks.`,
    );
  }
}
