/** systemd takes no program whose path has quotes or backslashes in it; as a word of this one it may have any. */
const starter = ['-c', 'exec "$0" "$@"'] as const;

/** What the timer of one lab runs, and how often. */
export interface TimedCheck {
  /** Of the command line that is to be run: the program's absolute path, and what comes before its own arguments. */
  readonly command: readonly [string, ...string[]];
  /** Absolute. */
  readonly lab: string;
  /** Variables it needs that a user's manager does not have. */
  readonly environment: Readonly<Record<string, string>>;
  readonly everyMinutes: number;
}

export interface TimerUnits {
  readonly service: string;
  readonly timer: string;
}

/** A service that checks once and the timer that starts it, for the user's own systemd (systemd.service(5), systemd.timer(5)). */
export function timerUnits({ command, lab, environment, everyMinutes }: TimedCheck): TimerUnits {
  const words = [...starter, ...command, '--lab', lab, 'bridge', 'check', '--scheduled'].map(systemdWord);
  const variables = Object.entries(environment).map(
    ([name, value]) => `Environment=${systemdWord(`${name}=${value}`)}\n`,
  );
  return {
    // With the colon no word is looked through for variables; the check says by its exit code what it found.
    service: `# Made by sifaka bridge timer install; sifaka bridge timer remove takes it away.
[Unit]
Description=Check of the Thunderbolt bridge by Sifaka

[Service]
Type=oneshot
TimeoutStartSec=15min
${variables.join('')}ExecStart=:/bin/sh ${words.join(' ')}
`,
    timer: `# Made by sifaka bridge timer install; sifaka bridge timer remove takes it away.
# everyMinutes=${everyMinutes}
[Unit]
Description=Checks of the Thunderbolt bridge by Sifaka, every ${everyMinutes} minutes

[Timer]
OnActiveSec=1min
OnUnitActiveSec=${everyMinutes}min
AccuracySec=30s

[Install]
WantedBy=timers.target
`,
  };
}

/** The minutes of a timer that was made here; `undefined` for any other. */
export function minutesOf(timer: string): number | undefined {
  const minutes = Number(/^# everyMinutes=(\d{1,5})$/m.exec(timer)?.[1]);
  return Number.isInteger(minutes) && minutes > 0 ? minutes : undefined;
}

/**
 * One word of a command line or a variable of a unit, in double quotes, in which systemd.syntax(7) reads C's escapes;
 * a percent sign would begin a specifier (systemd.unit(5)).
 */
export function systemdWord(text: string): string {
  const escaped = text
    .replaceAll(/[\\"]/g, String.raw`\$&`)
    .replaceAll('%', '%%')
    .replaceAll(/[\u0000-\u001f\u007f]/g, (one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return `"${escaped}"`;
}
