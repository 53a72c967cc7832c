import { basename } from 'node:path';
import { formatBytes } from '../../../../shared/quantities.ts';
import type { Drive, DrivePart } from '../../../../shared/schemas/drive.ts';
import type { BlockDevice } from './block-devices.ts';
import { devicesOf, stackOn, type SystemState } from './block-graph.ts';
import { contentsInWords } from './drive-contents.ts';
import { mountpointsOf, usageOf } from './drive-facts.ts';
import { driveIdentity } from './drive-identity.ts';
import { reasonsAgainst } from './drive-safety.ts';
import { driveWords } from './drive-words.ts';
import type { ListedDevice } from './lsblk.ts';
import type { MountedSpace } from './mounted-space.ts';
import { disagreementsAbout, type DriveOpinion } from './second-opinions.ts';
import type { Signature } from './signatures.ts';

/** Everything that was asked about this machine's drives, at one moment. */
export interface LinuxSurvey {
  readonly state: SystemState;
  readonly drivelist: ReadonlyMap<string, DriveOpinion>;
  readonly lsblk: ReadonlyMap<string, ListedDevice>;
  readonly mountedSpace: readonly MountedSpace[];
  readonly signatures: readonly Signature[];
  /** Paths of the devices whose signatures were read. */
  readonly looked: ReadonlySet<string>;
  /** udev's database is there, so that lsblk knows what is on a drive without reading it. */
  readonly hasDatabase: boolean;
}

/**
 * The whole drives: what hardware is behind, and files that stand for a drive. Not what only looks like a drive: RAM
 * disks, mapped devices and arrays (their members are listed), optical and floppy drives, flash chips, the boot and RPMB
 * areas of an eMMC, and the read-only loop devices of snaps.
 */
export function wholeDrives({ devices }: Pick<SystemState, 'devices'>): BlockDevice[] {
  return [...devices.values()]
    .filter(({ name, whole, hidden }) => name === whole && !hidden)
    .filter(({ name }) => !/^(sr|fd|mtdblock)\d|^mmcblk\d+(boot|gp|rpmb)/.test(name))
    .filter((drive) => (drive.loop === undefined ? drive.hardware !== undefined : !drive.readOnly))
    .toSorted((a, b) => a.path.localeCompare(b.path, 'en', { numeric: true }));
}

/** A drive as it is shown, and whether two sources contradicted each other about it. */
export function describeDrive(
  drive: BlockDevice,
  survey: LinuxSurvey,
): { readonly drive: Drive; readonly disagreements: readonly string[] } {
  const { state } = survey;
  const usage = usageOf(drive, state);
  const own = [drive.name, ...drive.partitions].flatMap((name) => state.devices.get(name) ?? []);
  const parts = partsOf(drive, survey);
  const opinion = survey.drivelist.get(drive.path);
  const disagreements = disagreementsAbout(
    {
      path: drive.path,
      partitions: own.slice(1).map(({ path }) => path),
      size: drive.size ?? 0,
      readOnly: drive.readOnly,
      mountpoints: usage.mountpoints,
      inUse: usage.mountpoints.length > 0 || usage.swaps.length > 0,
    },
    { drivelist: opinion, lsblk: survey.lsblk, mountedSpace: survey.mountedSpace },
  );
  if (drive.loop === undefined && opinion === undefined) disagreements.push('drivelist does not list it');
  const signatures = own.flatMap(({ name, path }) =>
    fileSystemsOn(path, survey).map((fileSystem) => ({ name, fileSystem })),
  );
  const reasons = reasonsAgainst({ ...usage, signatures, disagreements });
  const kind = kindOf(drive);
  const bus = drive.hardware?.bus ?? 'loop';
  const serial = driveWords(drive.hardware?.serial);
  const cid = driveWords(drive.hardware?.cid);
  const removable = drive.removable || kind !== 'disk' || bus === 'firewire';
  const shown: Drive = {
    path: drive.path,
    kind,
    label: labelOf(drive, serial),
    model: modelOf(drive),
    size: drive.size ?? 0,
    bus,
    ...(serial === '' ? {} : { serial }),
    ...(cid === '' ? {} : { cid }),
    removable,
    readOnly: drive.readOnly,
    parts,
    contents: contentsInWords({
      size: usage.size,
      removable: drive.removable,
      builtIn: !removable,
      partitionTable: tableOf(drive, survey),
      parts,
      partitions: drive.partitions.length,
      looked: survey.hasDatabase || survey.looked.has(drive.path),
    }),
    identity: driveIdentity(drive),
    offered: reasons.length === 0,
    reasons,
    canDiscard: drive.canDiscard,
  };
  return { drive: shown, disagreements };
}

/** Its partitions; or the drive itself when a file system is on all of it. */
function partsOf(drive: BlockDevice, survey: LinuxSurvey): DrivePart[] {
  const names = drive.partitions.length > 0 ? drive.partitions : [drive.name];
  const devices = names.flatMap((name) => survey.state.devices.get(name) ?? []);
  const parts: DrivePart[] = [];
  for (const device of devices) {
    const { name } = device;
    const fileSystem = fileSystemsOn(device.path, survey)[0] ?? mountedAs(name, survey.state);
    const mountpoints = mountpointsOf(
      stackOn(device, survey.state).map((above) => above.name),
      survey.state,
    ).map((place) => driveWords(place, 120));
    if (name === drive.name && fileSystem === undefined && mountpoints.length === 0) continue;
    const label = driveWords(labelOn(device.path, survey), 32);
    parts.push({
      name,
      size: device.size ?? 0,
      ...(fileSystem === undefined ? {} : { fileSystem: driveWords(fileSystem, 32) }),
      ...(label === '' ? {} : { label }),
      mountpoints,
    });
  }
  return parts;
}

/** What a device is mounted as: all that is known of it without rights and without a database. */
function mountedAs(name: string, state: SystemState): string | undefined {
  return state.mounts.find((mount) => devicesOf(mount, state).includes(name))?.fileSystem;
}

const tables: ReadonlySet<string> = new Set(['gpt', 'dos', 'PMBR', 'atari', 'mac', 'sgi', 'sun', 'bsd']);

/** What is recognised on a device, each kind once; what lsblk says first. */
function fileSystemsOn(path: string, { lsblk, signatures }: LinuxSurvey): string[] {
  const types = signatures.filter((signature) => signature.path === path).map(({ type }) => type);
  const listed = lsblk.get(path)?.fileSystem;
  const all = listed === undefined ? types : [listed, ...types];
  return [...new Set(all)].filter((type) => !tables.has(type));
}

function labelOn(path: string, { lsblk, signatures }: LinuxSurvey): string | undefined {
  return (
    lsblk.get(path)?.label ??
    signatures.find((signature) => signature.path === path && signature.label !== undefined)?.label
  );
}

function tableOf({ path }: BlockDevice, { lsblk, signatures }: LinuxSurvey): string | undefined {
  const types = new Set(signatures.filter((signature) => signature.path === path).map(({ type }) => type));
  return lsblk.get(path)?.partitionTable ?? ['gpt', 'dos'].find((table) => types.has(table));
}

function kindOf({ loop, hardware }: BlockDevice): Drive['kind'] {
  if (loop !== undefined) return 'loop';
  if (hardware?.bus === 'usb') return 'usb';
  return hardware?.cardType === 'SD' ? 'card' : 'disk';
}

function modelOf(drive: BlockDevice): string {
  if (drive.loop !== undefined) return `file ${driveWords(basename(drive.loop.backingFile))}`;
  const model = driveWords(drive.hardware?.model);
  if (model !== '') return model;
  return { card: 'SD card', usb: 'USB drive', disk: 'disk', loop: 'file' }[kindOf(drive)];
}

function labelOf(drive: BlockDevice, serial: string): string {
  const mark = serial === '' ? drive.name : serial.length > 10 ? `…${serial.slice(-6)}` : serial;
  return `${modelOf(drive)} ${formatBytes(drive.size ?? 0)} · ${mark}`;
}
