import type { Guest } from '../../../../shared/schemas/backup-manifest.ts';
import { vmidSchema } from '../../../../shared/schemas/backup-names.ts';
import type { LocalTime } from '../../../../shared/zoned-time.ts';

/** What an archive's own name says. */
export interface NamedArchive {
  readonly method: 'vzdump' | 'export';
  readonly type?: Guest['type'];
  readonly vmid?: number;
  /** By the clock of the node that made it. */
  readonly time?: LocalTime;
  /** Whether it is as Proxmox (or an export) names one: a renamed archive is never pruned. */
  readonly standard: boolean;
}

/**
 * The names of PVE::Storage::archive_info (pve-storage): `vzdump-qemu-100-2026_11_20-14_00_00.vma.zst`; and of exports:
 * `sifaka-export-qemu-100-2026_11_20-14_00_00`. `openvz` is what containers were before Proxmox 4.
 */
export function namedArchive(name: string): NamedArchive {
  const method = name.startsWith('sifaka-export-') ? 'export' : 'vzdump';
  const [, type, id, ...time] =
    /^(?:vzdump|sifaka-export)-(qemu|lxc|openvz)-(\d{1,9})-(\d{4})_(\d\d)_(\d\d)-(\d\d)_(\d\d)_(\d\d)(?:\.|$)/.exec(
      name,
    ) ?? [];
  const loose = /^(?:vzdump|sifaka-export)-(qemu|lxc|openvz)-/.exec(name);
  const vmid = vmidSchema.safeParse(Number(id));
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = time.map(Number);
  const isTime =
    month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour < 24 && minute < 60 && second < 60;
  const known = guestType(type ?? loose?.[1]);
  return {
    method,
    ...(known === undefined ? {} : { type: known }),
    ...(vmid.success ? { vmid: vmid.data } : {}),
    ...(isTime ? { time: { year, month, day, hour, minute, second } } : {}),
    standard: vmid.success && isTime && type !== 'openvz' && hasEnding(name, method),
  };
}

function hasEnding(name: string, method: NamedArchive['method']): boolean {
  if (method === 'export') return !name.includes('.');
  return /\.(tgz|(tar|vma)(\.(zst|gz|lzo|bz2))?)$/.test(name);
}

function guestType(word: string | undefined): Guest['type'] | undefined {
  if (word === 'openvz') return 'lxc';
  return word === 'qemu' || word === 'lxc' ? word : undefined;
}
