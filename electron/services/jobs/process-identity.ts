import { readFileSync } from 'node:fs';
import { hostname, uptime } from 'node:os';
import type { JobOwner } from '../../../shared/schemas/job-owner.ts';
import { systemErrorCode } from '../durable/system-error.ts';

/** Who this process is, and whether another process that said who it was is still there. */
export interface ProcessIdentity {
  readonly self: JobOwner;
  /**
   * false only when the owner is certainly gone: what it held is then taken over. A process of another machine (its
   * host name differs: a state folder on a network share, a container) cannot be looked at and counts as alive.
   */
  isAlive(owner: JobOwner): boolean;
}

export function createProcessIdentity(): ProcessIdentity {
  return process.platform === 'linux' ? linuxIdentity() : portableIdentity();
}

/**
 * Start time and state of a process from the text of `/proc/<pid>/stat` (proc_pid_stat(5)). The second field is the
 * program's name in parentheses and may itself hold spaces and parentheses, so fields are counted after the last one.
 * `startTime` is field 22: clock ticks since boot, as text.
 */
export function parseProcStat(text: string): { state: string; startTime: string } | undefined {
  const fields = text
    .slice(text.lastIndexOf(')') + 1)
    .trim()
    .split(/\s+/);
  const state = fields[0];
  const startTime = fields[22 - 3];
  return state && startTime && /^\d+$/.test(startTime) ? { state, startTime } : undefined;
}

function linuxIdentity(): ProcessIdentity {
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const own = readProcStat(process.pid);
  if (!own) throw new Error('/proc/<pid>/stat cannot be read: is /proc mounted?');
  const self = { pid: process.pid, startedAt: own.startTime, bootId, host: hostname() };
  return {
    self,
    isAlive(owner) {
      if (owner.host !== self.host) return true;
      if (owner.bootId !== bootId) return false;
      const stat = readProcStat(owner.pid);
      // A zombie does nothing any more; it only waits for its parent.
      return stat !== undefined && stat.startTime === owner.startedAt && !'ZXx'.includes(stat.state);
    },
  };
}

function readProcStat(pid: number): ReturnType<typeof parseProcStat> {
  try {
    return parseProcStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    // ENOENT, or ESRCH when it ended between open and read. Anything else must not pass for "gone".
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

/** Two processes of one boot compute its time from a clock that may be set in between: this far apart is the same. */
const bootTimeToleranceSeconds = 300;

/**
 * Windows and macOS, without a native addon. The start time of *another* process cannot be read there, so its pid is
 * asked for alone. The limit: a pid that was given to a new process within one boot passes for the dead owner until
 * that process ends; an owner is never taken for dead while it lives, unless the clock was set by over five minutes.
 */
export function portableIdentity(
  ports: { pidExists(pid: number): boolean; bootedAt: number } = {
    pidExists,
    bootedAt: Math.round(Date.now() / 1000 - uptime()),
  },
): ProcessIdentity {
  const self = {
    pid: process.pid,
    startedAt: String(Math.round(performance.timeOrigin)),
    bootId: `booted-${ports.bootedAt}`,
    host: hostname(),
  };
  return {
    self,
    isAlive(owner) {
      if (owner.host !== self.host) return true;
      if (owner.pid === self.pid) return owner.startedAt === self.startedAt;
      if (!ports.pidExists(owner.pid)) return false;
      const bootedAt = Number(/^booted-(\d+)$/.exec(owner.bootId)?.[1]);
      // An unreadable boot time (NaN) proves nothing: alive.
      return !(Math.abs(bootedAt - ports.bootedAt) > bootTimeToleranceSeconds);
    },
  };
}

function pidExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === 'EPERM';
  }
}
