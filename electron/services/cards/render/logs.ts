import { symlink, textFile, writtenBy, type DesiredEntry, type RenderInput } from './desired-entry.ts';
import { collectLogsScript, scriptPaths } from './scripts.ts';
import { wantedBy } from './systemd-text.ts';

/** A bounded journal (journald.conf(5)) and a daily removal of rotated logs, so that a card does not fill up. */
export function renderLogs(input: RenderInput): DesiredEntry[] {
  const { journalMaxUse, journalMaxRetention, logFileDays } = input.nodeClass.logs;
  const timer = wantedBy('timers.target', 'sifaka-collect-logs.timer');
  return [
    textFile(
      '/etc/systemd/journald.conf.d/60-sifaka.conf',
      [writtenBy, '[Journal]', `SystemMaxUse=${journalMaxUse}`, `MaxRetentionSec=${journalMaxRetention}`],
      `The journal keeps ${journalMaxUse} and ${journalMaxRetention} at most.`,
    ),
    textFile(scriptPaths.collectLogs, collectLogsScript.trimEnd().split('\n'), 'Removes old rotated logs.', {
      mode: 0o755,
    }),
    textFile(
      '/etc/systemd/system/sifaka-collect-logs.service',
      [
        writtenBy,
        '[Unit]',
        'Description=Remove old rotated logs',
        '',
        '[Service]',
        'Type=oneshot',
        'Nice=19',
        'IOSchedulingClass=idle',
        `ExecStart=${scriptPaths.collectLogs} ${logFileDays} /var/log`,
      ],
      `Rotated logs go after ${logFileDays} days.`,
    ),
    textFile(
      '/etc/systemd/system/sifaka-collect-logs.timer',
      [
        writtenBy,
        '[Unit]',
        'Description=Remove old rotated logs every day',
        '',
        '[Timer]',
        'OnCalendar=daily',
        'RandomizedDelaySec=1h',
        'Persistent=true',
        '',
        '[Install]',
        'WantedBy=timers.target',
      ],
      'Once a day.',
    ),
    symlink(timer.path, timer.linkTarget, 'Enables the removal of old logs.'),
  ];
}
