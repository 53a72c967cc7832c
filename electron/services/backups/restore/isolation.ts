import type { GuestType } from '../../../../shared/schemas/backup-names.ts';
import { disksOf, type GuestConfigText, valueOf } from './guest-config.ts';

/**
 * What cuts a restored guest off from everything around it before it is started: it has the addresses, disks and devices of a
 * guest that runs. Keys are of qm.conf(5) and pct.conf(5).
 */

/** Of the host, or shared with others: a guest of a test has none of them. */
const hostDevices =
  /^(?:hostpci|usb|serial|parallel|virtiofs|dev)\d+$|^(?:args|hookscript|startup|ivshmem|watchdog)$/;
const isNetwork = (key: string) => /^net\d+$/.test(key);

/** What `qm set` or `pct set` is told; empty when there is nothing to cut. */
export function isolatingOptions(type: GuestType, vmid: number, config: GuestConfigText): string[] {
  const set: string[] = [];
  const remove: string[] = [];
  for (const [key, value] of config.entries) {
    if (isNetwork(key)) {
      // A container's link has no state of its own before it is made; a virtual machine's has.
      if (type === 'lxc') remove.push(key);
      else set.push(`--${key}`, unlinked(value));
    } else if (isRemoved(type, vmid, key, value)) remove.push(key);
  }
  if (valueOf(config, 'onboot') !== '0') set.push('--onboot', '0');
  return [...set, ...(remove.length === 0 ? [] : ['--delete', remove.join(',')])];
}

function unlinked(value: string): string {
  const options = value.split(',').filter((option) => !option.startsWith('link_down='));
  return [...options, 'link_down=1'].join(',');
}

/** A terminal of its own (`serial0: socket`) and a mount of its own are no way out. */
function isRemoved(type: GuestType, vmid: number, key: string, value: string): boolean {
  if (/^serial\d+$/.test(key)) return value !== 'socket';
  if (hostDevices.test(key)) return true;
  if (type === 'lxc' && /^mp\d+$/.test(key)) return !isOwn(vmid, value);
  if (type === 'qemu' && /^(?:ide|scsi|sata|virtio)\d+$/.test(key))
    return value.split(',').includes('media=cdrom') && !isOwn(vmid, value);
  return false;
}

/** A volume with the guest's own id in its name, as Proxmox makes them. */
function isOwn(vmid: number, value: string): boolean {
  const [volume = ''] = value.replace(/^(?:file|volume)=/, '').split(',');
  return new RegExp(`^[A-Za-z][A-Za-z0-9_.-]*:(?:.*/)?(?:vm|base|subvol)-${vmid}-`).test(volume);
}

/** What still leads out of the guest, or would start it again, in words; only without any of it may it be started. */
export function waysOut(type: GuestType, vmid: number, config: GuestConfigText): string[] {
  const found: string[] = [];
  for (const [key, value] of config.entries) {
    if (isNetwork(key) && (type === 'lxc' || !value.split(',').includes('link_down=1')))
      found.push(`${key} is connected`);
    else if (isRemoved(type, vmid, key, value)) found.push(`${key} is of the host or of others`);
    else if (/^lxc\.(?:net|mount|hook|cgroup|apparmor|cap|include|idmap)/.test(key))
      found.push(`${key} may lead out of the container`);
  }
  if ((valueOf(config, 'onboot') ?? '0') !== '0') found.push('onboot is on');
  for (const { key, volume } of disksOf(config))
    if (!isOwn(vmid, volume)) found.push(`${key} is not its own: ${volume.slice(0, 100)}`);
  return found;
}

export function markOf(id: string): string {
  return `sifaka restore test ${id}`;
}

/** Whether a guest is the one that the test of this id made. */
export function carriesMark(config: GuestConfigText, id: string): boolean {
  return config.notes.some((line) => line.trim() === markOf(id));
}
