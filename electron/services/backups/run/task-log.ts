import { onOneLine } from '../../lab/plain-text.ts';

/**
 * What the log of one vzdump task says, whatever else is in it. The lines are those of pve-manager (PVE/VZDump.pm, 14a22df3),
 * qemu-server (PVE/VZDump/QemuServer.pm, e6352be6) and pve-container (PVE/VZDump/LXC.pm, 94f55852); the older line of
 * progress is that of Proxmox VE 6. Texts of it are one harmless line each.
 */
export interface TaskLog {
  /** `Starting Backup of VM N`: vzdump began. It says nothing at all, and exits with 0, about a guest of another node. */
  readonly started?: { readonly vmid: number; readonly type: 'qemu' | 'lxc' };
  readonly guestName?: string;
  /** The mode that was used in the end: a guest that does not run is taken as it lies. */
  readonly mode?: string;
  /** Keys of disks that were left out, with the reason, as in `scsi1 (backup=no)`. */
  readonly excluded: readonly string[];
  /** The archive's path on the node. */
  readonly archive?: string;
  readonly progress?: TaskProgress;
  /** Another task of the node has vzdump's own lock. */
  readonly waits: boolean;
  /** Of a container: what tar wrote, before it was compressed. */
  readonly bytesWritten?: number;
  /** `archive file size`: the archive has its last name. */
  readonly archiveIsNamed: boolean;
  readonly finished?: { readonly vmid: number };
  readonly failed?: { readonly vmid: number; readonly reason: string };
  readonly pruned?: number;
  /** Volume ids of older backups that vzdump removed; at most 1000. */
  readonly removed: readonly string[];
  /** Older backups were to be removed, and were not. It does not make this one bad. */
  readonly pruneFailed?: string;
  readonly notifyFailed?: string;
  /** WARN lines, and ERROR lines that are neither the failure nor one of the above. At most 50. */
  readonly warnings: readonly string[];
  /** What a tool or vzdump itself said last that has no mark of a kind: why it did not even begin. At most 20. */
  readonly said: readonly string[];
}

export interface TaskProgress {
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** Per second. */
  readonly readBytes?: number;
  readonly seconds: number;
}

/** A line is cut after this much; nothing that is looked for is longer. */
const longestLine = 8192;
const mostWarnings = 50;
const mostSaid = 20;

type Writable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

/** Reads a log as it comes, in pieces that end anywhere. */
export class TaskLogReader {
  private readonly decoder = new TextDecoder('utf-8');
  private rest = '';
  private readonly found: Found & { warnings: string[]; said: string[] } = {
    excluded: [],
    removed: [],
    waits: false,
    archiveIsNamed: false,
    warnings: [],
    said: [],
  };

  add(bytes: Uint8Array): void {
    const lines = (this.rest + this.decoder.decode(bytes, { stream: true })).split(/[\n\r]/);
    this.rest = (lines.pop() ?? '').slice(0, longestLine);
    for (const line of lines) this.line(line.slice(0, longestLine));
  }

  /** As far as whole lines go; `end` takes what follows the last of them for one, too. */
  read({ end = false } = {}): TaskLog {
    if (end && this.rest !== '') {
      this.line(this.rest);
      this.rest = '';
    }
    const { excluded, removed, warnings, said } = this.found;
    return {
      ...this.found,
      excluded: [...excluded],
      removed: [...removed],
      warnings: [...warnings],
      said: [...said],
    };
  }

  private line(line: string): void {
    // The log beside an archive has the time before each line.
    const [, mark, text] =
      /^(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d )?(?:(INFO|WARN|ERROR|TASK ERROR): ?)?(.*)$/.exec(line) ?? [];
    if (text === undefined || text.trim() === '') return;
    if (mark === 'INFO') this.info(text);
    else if (mark === 'WARN') this.warn(onOneLine(text, 500));
    else if (mark === 'ERROR') this.error(text);
    else this.say(text);
  }

  private info(text: string): void {
    const { found } = this;
    const progress = progressOf(text);
    if (progress !== undefined) {
      found.progress = progress;
      found.waits = false;
      return;
    }
    for (const [pattern, take] of infoLines) {
      const match = pattern.exec(text);
      if (match === null) continue;
      take(found, match);
      return;
    }
    if (isComplaint(text)) this.say(text);
  }

  private error(text: string): void {
    const { found } = this;
    const [, vmid, reason] = /^Backup of VM (\d{3,9}) failed - (.*)$/.exec(text) ?? [];
    if (vmid !== undefined && reason !== undefined) {
      // PVE::Storage::Plugin, prune_backups: the archive has its name then, and only the older ones are not removed.
      if (found.archiveIsNamed && /^error pruning backups\b/.test(reason))
        found.pruneFailed ??= onOneLine(reason, 500);
      else found.failed = { vmid: Number(vmid), reason: onOneLine(reason, 500) };
    } else if (/^(prune |error (when removing backup|pruning backups))/.test(text)) {
      found.pruneFailed = onOneLine(text, 500);
      const [, kept] = /^error when removing backup '([^']{1,600})'/.exec(text) ?? [];
      found.removed = found.removed.filter((volid) => volid !== kept);
    } else if (/^(could not notify|notifications? could not be sent|could not send)/i.test(text)) {
      found.notifyFailed = onOneLine(text, 500);
    } else this.warn(onOneLine(text, 500));
  }

  private warn(text: string): void {
    if (this.found.warnings.length < mostWarnings) this.found.warnings.push(text);
  }

  private say(text: string): void {
    // What every failure ends with.
    if (/^(Failed at |Backup job finished with errors$|job errors$)/.test(text)) return;
    this.found.said.push(onOneLine(text, 300));
    if (this.found.said.length > mostSaid) this.found.said.shift();
  }
}

export function parseTaskLog(bytes: Uint8Array): TaskLog {
  const reader = new TaskLogReader();
  reader.add(bytes);
  return reader.read({ end: true });
}

type Found = Writable<TaskLog> & { excluded: string[]; removed: string[] };

const infoLines: readonly (readonly [RegExp, (found: Found, match: RegExpExecArray) => void])[] = [
  [
    /^Starting Backup of VM (\d{3,9}) \((qemu|lxc)\)$/,
    (found, [, vmid, type]) => {
      found.started = { vmid: Number(vmid), type: type === 'lxc' ? 'lxc' : 'qemu' };
      found.waits = false;
    },
  ],
  [/^(?:VM|CT) Name: (.+)$/, (found, [, name = '']) => (found.guestName = onOneLine(name, 300))],
  [/^backup mode: (\w{1,20})$/, (found, [, mode = '']) => (found.mode = mode)],
  [
    /^(?:exclude disk '([^']{1,40})'.*|excluding [\w ]*mount point (\S{1,40}) .*) ?\(([^()]{1,80})\)/,
    (found, [, disk, mountPoint, reason = '']) => {
      if (found.excluded.length < 100)
        found.excluded.push(onOneLine(`${disk ?? mountPoint} (${reason})`, 150));
    },
  ],
  [/^creating .{1,60}? archive '(.{1,4096})'$/, (found, [, path = '']) => (found.archive = path)],
  [/^trying to get global lock/, (found) => (found.waits = true)],
  [/^got global lock/, (found) => (found.waits = false)],
  [/^Total bytes written: (\d{1,15})\b/, (found, [, bytes]) => (found.bytesWritten = Number(bytes))],
  [/^archive file size: /, (found) => (found.archiveIsNamed = true)],
  [
    /^removing backup '([^']{1,600})'$/,
    (found, [, volid = '']) => {
      if (found.removed.length < 1000) found.removed.push(volid);
    },
  ],
  [/^pruned (\d{1,9}) backup/, (found, [, count]) => (found.pruned = Number(count))],
  [/^Finished Backup of VM (\d{3,9}) /, (found, [, vmid]) => (found.finished = { vmid: Number(vmid) })],
];

/** Lines of tools that vzdump runs come as INFO, also what they complain about. */
function isComplaint(text: string): boolean {
  return /no space left|quota exceeded|read-only file ?system|input\/output error|\berror\b|failed|stale file handle/i.test(
    text,
  );
}

const newProgress =
  /^ {0,2}\d{1,3}% \((\d+(?:\.\d+)?) ([KMGTP]i)?B of (\d+(?:\.\d+)?) ([KMGTP]i)?B\) in ([\d wdhms]{1,40})(?:, read: (\d+(?:\.\d+)?) ([KMGTP]i)?B\/s)?/;
const oldProgress =
  /^status: \d{1,3}% \((\d{1,18})\/(\d{1,18})\).*, duration (\d{1,9})(?:, read\/write (\d+(?:\.\d+)?)\/\d+(?:\.\d+)? ([KMGT])?B\/s)?/;

/** Of both formats; `undefined` for every other line. */
function progressOf(text: string): TaskProgress | undefined {
  const found = newProgress.exec(text);
  if (found !== null) {
    const [, done, doneUnit, total, totalUnit, time = '', read, readUnit] = found;
    return {
      doneBytes: bytesOf(done, doneUnit),
      totalBytes: bytesOf(total, totalUnit),
      seconds: secondsOf(time),
      ...(read === undefined ? {} : { readBytes: bytesOf(read, readUnit) }),
    };
  }
  const older = oldProgress.exec(text);
  if (older === null) return undefined;
  const [, done, total, seconds, read, readUnit] = older;
  return {
    doneBytes: Number(done),
    totalBytes: Number(total),
    seconds: Number(seconds),
    // PVE 6 divided by 1000 (get_mbps); MB are meant.
    ...(read === undefined ? {} : { readBytes: Number(read) * 1000 ** power(readUnit, 'KMGT') }),
  };
}

/** `1.1`, `Gi` as bytes: what was rounded before it was printed. */
function bytesOf(number: string | undefined, unit: string | undefined): number {
  return Math.round(Number(number) * 1024 ** power(unit?.[0], 'KMGTP'));
}

function power(unit: string | undefined, units: string): number {
  return unit === undefined ? 0 : units.indexOf(unit) + 1;
}

const unitSeconds: Readonly<Record<string, number>> = { w: 604_800, d: 86_400, h: 3600, m: 60, s: 1 };

/** `2h 20m 40s`, `3s` (PVE::Format, render_duration). */
function secondsOf(time: string): number {
  let seconds = 0;
  for (const [, number, unit = ''] of time.matchAll(/(\d{1,9})([wdhms])/g))
    seconds += Number(number) * (unitSeconds[unit] ?? 0);
  return seconds;
}
