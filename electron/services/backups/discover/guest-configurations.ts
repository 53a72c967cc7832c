import type { Guest } from '../../../../shared/schemas/backup-manifest.ts';
import { vmidSchema } from '../../../../shared/schemas/backup-names.ts';
import { lineOf, tagsIn } from './cluster-resources.ts';

/** What a guest's configuration says of it. */
export interface GuestConfiguration {
  readonly vmid: number;
  readonly name?: string;
  readonly template: boolean;
  readonly lock?: string;
  readonly tags: readonly string[];
  readonly agent?: boolean;
  /** What vzdump takes may grow to: its disks together, in bytes; missing when one of them has no size. */
  readonly diskBytes?: number;
  readonly excludedDisks: readonly string[];
}

type Line = readonly [key: string, value: string];

const mostLines = 2_000_000;

/**
 * Configurations of one type as `grep -H` prints their lines: `100.conf:scsi0: local-lvm:vm-100-disk-0,size=32G`. What
 * follows the first section (`[snapshot]`, `[PENDING]`, `[special:cloudinit]`) is not how the guest is now.
 */
export function configurationsIn(text: string, type: Guest['type']): GuestConfiguration[] {
  const guests = new Map<number, { lines: Line[]; over: boolean }>();
  for (const line of text.split('\n', mostLines)) {
    const [, id, rest] = /^(\d{3,9})\.conf:(.*)$/.exec(line.slice(0, 10_000)) ?? [];
    const vmid = vmidSchema.safeParse(Number(id));
    if (!vmid.success || rest === undefined) continue;
    const guest = guests.get(vmid.data) ?? { lines: [], over: false };
    guests.set(vmid.data, guest);
    if (rest.startsWith('[')) guest.over = true;
    const [, key, value] = /^([a-z][a-z0-9_-]{0,31}): *(.*)$/.exec(rest) ?? [];
    if (!guest.over && key !== undefined && value !== undefined) guest.lines.push([key, value.trim()]);
  }
  return [...guests].map(([vmid, { lines }]) => configuration(vmid, type, lines));
}

function configuration(vmid: number, type: Guest['type'], lines: readonly Line[]): GuestConfiguration {
  const value = (key: string) => lines.find(([found]) => found === key)?.[1];
  const name = lineOf(value(type === 'qemu' ? 'name' : 'hostname'));
  const lock = lineOf(value('lock'));
  const disks = lines.flatMap(([key, text]) => diskIn(type, key, text));
  const taken = disks.filter(({ excluded }) => !excluded);
  const sizes = taken.flatMap(({ bytes }) => (bytes === undefined ? [] : [bytes]));
  return {
    vmid,
    ...(name === undefined ? {} : { name }),
    template: value('template') === '1',
    ...(lock === undefined ? {} : { lock }),
    tags: tagsIn(value('tags') ?? ''),
    ...(type === 'qemu' ? { agent: isAgentOn(value('agent')) } : {}),
    ...(sizes.length === taken.length ? { diskBytes: sizes.reduce((sum, bytes) => sum + bytes, 0) } : {}),
    excludedDisks: disks.filter(({ excluded }) => excluded).map(({ key }) => key),
  };
}

/** `1`, `enabled=1,fstrim_cloned_disks=1` (qemu-server, PVE/QemuServer/Agent.pm). */
function isAgentOn(text: string | undefined): boolean {
  const [first = ''] = (text ?? '').split(',');
  const options = optionsIn(text ?? '');
  return isTrue(options.get('enabled') ?? first);
}

interface Disk {
  readonly key: string;
  readonly excluded: boolean;
  readonly bytes?: number;
}

/**
 * What vzdump takes: of a virtual machine every disk without `backup=0`, and no unused one (qemu-server,
 * PVE/VZDump/QemuServer.pm); of a container its root, and of its mount points the volumes that say `backup=1`
 * (pve-container, PVE/LXC/Config.pm, mountpoint_backup_enabled).
 */
function diskIn(type: Guest['type'], key: string, text: string): Disk[] {
  const options = optionsIn(text);
  const [volume = ''] = text.split(',');
  const place = options.get('file') ?? options.get('volume') ?? volume;
  const bytes = bytesIn(options.get('size'));
  const sized = bytes === undefined ? {} : { bytes };
  if (/^unused\d+$/.test(key)) return [{ key, excluded: true }];
  if (type === 'lxc') {
    if (key === 'rootfs') return [{ key, excluded: false, ...sized }];
    if (!/^mp\d+$/.test(key)) return [];
    return [{ key, excluded: place.startsWith('/') || !isTrue(options.get('backup')), ...sized }];
  }
  if (!/^(ide|sata|scsi|virtio|efidisk|tpmstate)\d+$/.test(key)) return [];
  if (options.get('media') === 'cdrom' || place === 'none' || place === 'cdrom') return [];
  const backup = options.get('backup');
  return [{ key, excluded: backup !== undefined && !isTrue(backup), ...sized }];
}

function optionsIn(text: string): Map<string, string> {
  return new Map(
    text.split(',').flatMap((option) => {
      const at = option.indexOf('=');
      return at < 0 ? [] : [[option.slice(0, at), option.slice(at + 1)] as const];
    }),
  );
}

/** PVE::JSONSchema::parse_boolean. */
function isTrue(text: string | undefined): boolean {
  return /^(1|on|yes|true)$/i.test(text ?? '');
}

const units: Readonly<Record<string, number>> = { '': 0, K: 1, M: 2, G: 3, T: 4 };

/** `32G`, `528K`, `4194304` (PVE::JSONSchema::parse_size). */
export function bytesIn(text: string | undefined): number | undefined {
  const [, digits, unit] = /^(\d{1,15}(?:\.\d{1,6})?)([KMGT]?)$/.exec(text ?? '') ?? [];
  const power = units[unit ?? '-'];
  return digits === undefined || power === undefined ? undefined : Math.round(Number(digits) * 1024 ** power);
}
