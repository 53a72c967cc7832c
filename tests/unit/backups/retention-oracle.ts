import type { RetentionArchive } from '../../../shared/retention.ts';
import type { Keep } from '../../../shared/schemas/backup-policy.ts';
import type { RetentionMark } from '../../../shared/schemas/retention.ts';

export const keepNothing: Keep = { last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 };

/**
 * Proxmox's decision once more, from its source's semantics (pve-storage 0c56bad8, PVE::Storage::Plugin::prune_backups and
 * PVE::Storage::prune_mark_backup_group), as plainly and slowly as can be: texts for periods, a date printed for each row and
 * each option, its own calendar. It shares nothing with shared/retention*.ts.
 */
export function oracle(rows: readonly RetentionArchive[], keep: Keep, timeZone: string): RetentionMark[] {
  const entries = rows.map((row) => ({ row, mark: undefined as RetentionMark | undefined }));
  const groups: Record<string, typeof entries> = {};
  for (const entry of entries) {
    if (/\/vzdump-(qemu|lxc)-\d+-\d{4}_\d\d_\d\d-\d\d_\d\d_\d\d\.(tar|vma)\.zst$/.test(entry.row.volid))
      (groups[`${entry.row.type}/${entry.row.vmid}`] ??= []).push(entry);
    else entry.mark = 'renamed';
    if (entry.row.protected) entry.mark = 'protected';
  }
  const print = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
  });
  const fields = (ctime: number) => {
    const parts = Object.fromEntries(
      print.formatToParts(ctime * 1000).map(({ type, value }) => [type, value]),
    );
    return {
      year: Number(parts['year']),
      month: Number(parts['month']),
      day: Number(parts['day']),
      hour: parts['hour'],
    };
  };
  const ids: [keyof Keep, (ctime: number) => string][] = [
    ['last', (ctime) => String(ctime)],
    ['hourly', (ctime) => Object.values(fields(ctime)).join('/')],
    ['daily', (ctime) => `${fields(ctime).day}/${fields(ctime).month}/${fields(ctime).year}`],
    ['weekly', (ctime) => isoWeek(fields(ctime))],
    ['monthly', (ctime) => `${fields(ctime).month}/${fields(ctime).year}`],
    ['yearly', (ctime) => String(fields(ctime).year)],
  ];
  for (const group of Object.values(groups)) {
    group.sort((one, other) => other.row.ctime - one.row.ctime || (one.row.volid < other.row.volid ? -1 : 1));
    if (Object.values(keep).every((count) => count === 0)) {
      for (const entry of group) entry.mark ??= 'keep';
      continue;
    }
    for (const [option, id] of ids) {
      if (keep[option] === 0) continue;
      const kept = group.filter(({ mark }) => mark === 'keep');
      const already = new Set(kept.map(({ row }) => id(row.ctime)));
      const newly: string[] = [];
      for (const entry of group) {
        const own = id(entry.row.ctime);
        if (entry.mark !== undefined || already.has(own)) continue;
        if (newly.includes(own)) entry.mark = 'remove';
        else if (newly.length >= keep[option]) break;
        else {
          newly.push(own);
          entry.mark = 'keep';
        }
      }
    }
    for (const entry of group) entry.mark ??= 'remove';
  }
  return entries.map(({ mark }) => mark ?? 'remove');
}

/** ISO 8601: the week belongs to the year that its Thursday is in. */
function isoWeek({ year, month, day }: { year: number; month: number; day: number }): string {
  const thursday = new Date(Date.UTC(year, month - 1, day));
  thursday.setUTCDate(thursday.getUTCDate() + 4 - (thursday.getUTCDay() || 7));
  const first = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  return `${Math.floor((thursday.getTime() - first) / 604_800_000) + 1}/${thursday.getUTCFullYear()}`;
}
