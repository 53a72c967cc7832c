/**
 * Whether an archive has a name of Proxmox's schema, `vzdump-(qemu|lxc)-VMID-YYYY_MM_DD-HH_MM_SS.EXT` with a date that there
 * is. Any other is what Proxmox calls renamed and never prunes (pve-storage 0c56bad8, PVE::Storage::archive_info and
 * PVE::Storage::Plugin::prune_backups, with the endings of PVE::Storage::Plugin).
 *
 * `volid`: the archive's name, or its volume id, which ends with it.
 */
export function hasStandardName(volid: string): boolean {
  const [, year, month, day = ''] = standardName.exec(volid) ?? [];
  return year !== undefined && (day <= '28' || Number(day) <= lastDayOf(Number(year), Number(month)));
}

const standardName =
  /(?:^|[:/])vzdump-(?:lxc|openvz|qemu)-[1-9]\d{2,8}-(\d{4})_(0[1-9]|1[0-2])_(0[1-9]|[12]\d|3[01])-(?:[01]\d|2[0-3])_[0-5]\d_[0-5]\d\.(?:tgz|(?:tar|vma)(?:\.(?:gz|lzo|zst|bz2))?)$/;

function lastDayOf(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}
