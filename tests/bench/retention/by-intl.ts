import type { RetentionArchive } from '../../../shared/retention.ts';
import type { Keep } from '../../../shared/schemas/backup-policy.ts';

/**
 * The same decision as anybody would first write it down: a date is printed for each archive and each option, and a period is
 * the text that comes of it. The order of options and what counts are Proxmox's, as in shared/retention-marks.ts.
 */
export function planByIntl(rows: readonly RetentionArchive[], keep: Keep, timeZone: string): string[] {
  const options = periodTexts(timeZone);
  const marks = new Map<RetentionArchive, string>();
  const groups = new Map<string, RetentionArchive[]>();
  for (const row of rows) {
    const key = `${row.type}/${row.vmid}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  for (const group of groups.values()) {
    const newestFirst = group.toSorted((one, other) => other.ctime - one.ctime);
    for (const [option, text] of options) {
      if (keep[option] === 0) continue;
      const already = new Set(
        newestFirst.filter((row) => marks.get(row) === 'keep').map((row) => text(row.ctime)),
      );
      const newly = new Set<string>();
      for (const row of newestFirst) {
        const period = text(row.ctime);
        if (marks.has(row) || already.has(period)) continue;
        if (newly.has(period)) marks.set(row, 'remove');
        else if (newly.size >= keep[option]) break;
        else {
          newly.add(period);
          marks.set(row, 'keep');
        }
      }
    }
  }
  return rows.map((row) => marks.get(row) ?? 'remove');
}

function periodTexts(timeZone: string): [keyof Keep, (ctime: number) => string][] {
  const printing = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', ...options });
    return (ctime: number) => format.format(ctime * 1000);
  };
  const day = printing({ year: 'numeric', month: 'numeric', day: 'numeric' });
  return [
    ['last', String],
    ['hourly', printing({ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric' })],
    ['daily', day],
    ['weekly', (ctime) => isoWeek(day(ctime))],
    ['monthly', printing({ year: 'numeric', month: 'numeric' })],
    ['yearly', printing({ year: 'numeric' })],
  ];
}

function isoWeek(text: string): string {
  const [month = 1, day = 1, year = 1970] = text.split('/').map(Number);
  const thursday = new Date(Date.UTC(year, month - 1, day));
  thursday.setUTCDate(thursday.getUTCDate() + 4 - (thursday.getUTCDay() || 7));
  const week = Math.floor((thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / 604_800_000) + 1;
  return `${week}/${thursday.getUTCFullYear()}`;
}
