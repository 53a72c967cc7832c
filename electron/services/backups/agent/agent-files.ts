import { createHash } from 'node:crypto';
import type { BackupPolicy } from '../../../../shared/schemas/backup-policy.ts';
import type { NodeFile } from '../../../../shared/schemas/bridge.ts';
import { agentPaths } from './agent-words.ts';

/** The agent of one node, as its files. Pure. */
export function agentFiles(policy: BackupPolicy, program: string, config: string): NodeFile[] {
  return [
    file(agentPaths.program, program, '0755'),
    file(agentPaths.config, config, '0600'),
    file(agentPaths.service, serviceUnit, '0644'),
    file(agentPaths.timer, timerUnit(policy), '0644'),
    file(agentPaths.wanted, wantedUnit, '0644'),
  ].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function file(path: string, text: string, mode: string): NodeFile {
  const bytes = Buffer.from(text);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { path, owner: 'root', group: 'root', mode, size: bytes.length, sha256, text };
}

/**
 * What vzdump starts inherits what the unit sets: a guest that mode `stop` starts again would run with a bad priority, in a
 * private mount namespace or under a system call filter for the rest of its life. So the unit has none of these; the agent
 * itself is gentle where it reads and copies.
 */
const serviceUnit = `[Unit]
Description=Backups of this node's guests, by Sifaka's policy
Documentation=file:${agentPaths.config}
ConditionPathExists=${agentPaths.config}
After=network-online.target pve-storage.target pve-guests.service

[Service]
Type=oneshot
ExecStart=${agentPaths.program} run
UMask=0077
OOMPolicy=continue
TimeoutStartSec=infinity
TimeoutStopSec=60
# A backup runs in a unit of its own and goes on; the next look takes it up again.
Restart=on-failure
RestartPreventExitStatus=1 2 64
RestartSec=10
`;

const wantedUnit = `[Unit]
Wants=sifaka-backup-agent.timer
`;

/** Every hour besides, for what could not be done at its time: the node was off, the storage busy, the hour was skipped. */
const hourlyLook = '*-*-* *:07:00';

function timerUnit(policy: BackupPolicy): string {
  return [
    '[Unit]',
    "Description=When this node's guests are backed up, by Sifaka's policy",
    '',
    '[Timer]',
    ...schedulesOf(policy).map((calendar) => `OnCalendar=${calendar}`),
    `OnCalendar=${hourlyLook}`,
    'Persistent=true',
    'AccuracySec=1s',
    'Unit=sifaka-backup-agent.service',
    '',
  ].join('\n');
}

/** As systemd.time(7) writes them: `mon,tue *-*-* 02:30:00 Europe/Berlin`; each one once. */
function schedulesOf({ rules, timezone }: BackupPolicy): string[] {
  const calendars = rules.flatMap(({ schedule }) => {
    if (schedule === undefined) return [];
    const days = schedule.days === undefined ? '' : `${schedule.days.join(',')} `;
    return [`${days}*-*-* ${schedule.at}:00 ${timezone}`];
  });
  return [...new Set(calendars)].toSorted();
}
