import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { asProblem, Problem } from '../../../../shared/problem.ts';
import type { TimerStatus } from '../../../../shared/schemas/bridge.ts';
import { makeFolders } from '../../durable/make-folders.ts';
import { systemErrorCode } from '../../durable/system-error.ts';
import { replaceFile } from '../../durable/write-file.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import type { SystemControl } from './system-control.ts';
import { minutesOf, timerUnits } from './timer-units.ts';

/** A timer of the user's own systemd that checks the bridge while nobody has the app open. Linux only. */
export interface UserTimer {
  status(): Promise<TimerStatus>;
  /** Makes it, or changes how often. TIMER_UNAVAILABLE, TIMER_FAILED. */
  install(everyMinutes: number): Promise<TimerStatus>;
  /** One that is not there is no mistake. TIMER_UNAVAILABLE, TIMER_FAILED. */
  remove(): Promise<TimerStatus>;
}

export interface TimerParts {
  /** The lab's real path. */
  readonly lab: string;
  readonly control: SystemControl;
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** How this command line is run: the program and what comes before its own arguments. */
  readonly command: readonly [string, ...string[]];
}

/** Where Sifaka's own folders are, if not at their usual place. */
const handedOn = ['SIFAKA_HOME'] as const;

export function createUserTimer(parts: TimerParts): UserTimer {
  const { lab, control, platform, environment, command } = parts;
  const mark = createHash('sha256').update(lab).digest('hex').slice(0, 12);
  const name = `sifaka-bridge-check-${mark}`;
  const folder = unitFolder(environment);
  const files = { service: join(folder, `${name}.service`), timer: join(folder, `${name}.timer`) };

  async function status(): Promise<TimerStatus> {
    if (platform !== 'linux') return { available: false, installed: false, unit: `${name}.timer` };
    const text = await readFile(files.timer, 'utf8').catch(() => undefined);
    const [active, linger, manager] = await Promise.all([
      control('systemctl', ['--user', 'is-active', `${name}.timer`]),
      control('loginctl', ['show-user', userInfo().username, '--property=Linger', '--value']),
      control('systemctl', ['--user', 'show', '--property=Version']),
    ]);
    const everyMinutes = text === undefined ? undefined : minutesOf(text);
    return {
      available: manager.code === 0,
      installed: text !== undefined,
      unit: `${name}.timer`,
      ...(everyMinutes === undefined ? {} : { everyMinutes }),
      active: active.stdout.trim() === 'active',
      ...(linger.code === 0 ? { lingers: linger.stdout.trim() === 'yes' } : {}),
    };
  }

  /** systemd reads the files anew; what it complains of is said. */
  async function systemctl(...args: string[]): Promise<void> {
    const { code, stderr, stdout } = await control('systemctl', ['--user', ...args]);
    if (code !== 0) throw failed(args.join(' '), stderr || stdout);
  }

  async function takeAway(): Promise<void> {
    await rm(files.timer, { force: true });
    await rm(files.service, { force: true });
  }

  async function demandManager(): Promise<void> {
    if (platform !== 'linux') throw notLinux(platform);
    const { code, stderr } = await control('systemctl', ['--user', 'show', '--property=Version']);
    if (code !== 0) throw noManager(stderr);
  }

  return {
    status,

    async install(everyMinutes) {
      await demandManager();
      const variables = Object.fromEntries(
        handedOn.flatMap((variable) => {
          const value = environment[variable];
          return value ? [[variable, value] as const] : [];
        }),
      );
      const units = timerUnits({ command, lab, environment: variables, everyMinutes });
      try {
        await makeFolders(folder);
        await replaceFile(files.service, units.service, `${files.service}.new`);
        await replaceFile(files.timer, units.timer, `${files.timer}.new`);
        await systemctl('daemon-reload');
        await systemctl('enable', '--quiet', `${name}.timer`);
        await systemctl('restart', `${name}.timer`);
      } catch (error) {
        // Half a timer would be one that nobody knows of.
        await control('systemctl', ['--user', 'disable', '--now', '--quiet', `${name}.timer`]);
        await takeAway();
        await control('systemctl', ['--user', 'daemon-reload']);
        if (asProblem(error) !== undefined) throw error;
        const code = systemErrorCode(error);
        throw code === undefined ? error : failed(`writing ${folder}`, code);
      }
      return status();
    },

    async remove() {
      await demandManager();
      // It says so when there is none, which is what is wanted.
      await control('systemctl', ['--user', 'disable', '--now', '--quiet', `${name}.timer`]);
      await takeAway();
      await systemctl('daemon-reload');
      return status();
    },
  };
}

/** Where a user's own units are (systemd.unit(5), `Unit File Load Path`). */
function unitFolder(environment: Readonly<Record<string, string | undefined>>): string {
  const named = environment['XDG_CONFIG_HOME'];
  const config = named !== undefined && isAbsolute(named) ? named : join(homedir(), '.config');
  return join(config, 'systemd', 'user');
}

function notLinux(platform: NodeJS.Platform): Problem {
  const system = { win32: 'Windows', darwin: 'macOS' }[platform as string] ?? 'this system';
  return new Problem('TIMER_UNAVAILABLE', {
    what: `There is no systemd on ${system}, and the timer is one of systemd.`,
    state: 'Nothing was installed.',
    next: 'Set thunderbridge.check.everyMinutes in the cluster file: the app and `sifaka serve` check then while they run.',
  });
}

function noManager(said: string): Problem {
  return new Problem('TIMER_UNAVAILABLE', {
    what: `Your own systemd manager cannot be reached: ${onOneLine(said, 200) || 'it does not answer'}.`,
    state: 'Nothing was changed.',
    next: 'Log in to this machine as yourself (not by su or sudo), or switch lingering on: loginctl enable-linger. Then try again.',
  });
}

function failed(what: string, said: string): Problem {
  return new Problem('TIMER_FAILED', {
    what: `The timer could not be set up (${what}): ${onOneLine(said, 200)}`,
    state: 'There is no timer now.',
    next: 'Mend that and try again; systemctl --user status says more.',
  });
}
