import { expect, it } from 'vitest';
import { agentFiles } from '../../../electron/services/backups/agent/agent-files.ts';
import { backupPolicySchema } from '../../../shared/schemas/backup-policy.ts';

function timerOf(rules: readonly object[]): string {
  const policy = backupPolicySchema.parse({
    schema: 'sifaka.backup-policy/1',
    timezone: 'Europe/Berlin',
    rules: rules.map((rule, index) => ({ name: `rule${index}`, guests: ['all'], storage: 'nas', ...rule })),
  });
  const files = agentFiles(policy, '#!/bin/sh\n', 'config');
  return files.find(({ path }) => path.endsWith('.timer'))?.text ?? '';
}

it('the timer has each time of the policy once, in its time zone, and looks every hour besides', () => {
  const timer = timerOf([
    { schedule: { at: '02:30' } },
    { schedule: { at: '02:30' } },
    { schedule: { at: '23:00', days: ['sat', 'sun'] } },
    {},
  ]);
  expect(timer.match(/^OnCalendar=.*$/gm)).toEqual([
    'OnCalendar=*-*-* 02:30:00 Europe/Berlin',
    'OnCalendar=sat,sun *-*-* 23:00:00 Europe/Berlin',
    'OnCalendar=*-*-* *:07:00',
  ]);
  expect(timer).toContain('Persistent=true\n');
});

it('nothing that a guest would inherit is set: no priority, no namespace, no filter of system calls', () => {
  const policy = backupPolicySchema.parse({
    schema: 'sifaka.backup-policy/1',
    timezone: 'Etc/UTC',
    rules: [],
  });
  const service = agentFiles(policy, '', '').find(({ path }) => path.endsWith('.service'))?.text ?? '';
  expect(service).toContain('ExecStart=/usr/local/lib/sifaka/backup-agent run\n');
  expect(service).not.toMatch(/^(?:Nice|CPU|IO|Protect|Private|Restrict|SystemCall|NoNewPrivileges)/m);
});

it('only root reads the configuration, and writes any of them', () => {
  const policy = backupPolicySchema.parse({
    schema: 'sifaka.backup-policy/1',
    timezone: 'Etc/UTC',
    rules: [],
  });
  const rights = agentFiles(policy, '', '').map(({ path, owner, group, mode }) =>
    [path, owner, group, mode].join(' '),
  );
  expect(rights).toEqual([
    '/etc/sifaka/backup-agent.conf root root 0600',
    '/etc/systemd/system/sifaka-backup-agent.service root root 0644',
    '/etc/systemd/system/sifaka-backup-agent.timer root root 0644',
    '/etc/systemd/system/timers.target.d/sifaka-backup-agent.conf root root 0644',
    '/usr/local/lib/sifaka/backup-agent root root 0755',
  ]);
});
