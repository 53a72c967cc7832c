import type { DeployWords } from '../../node-deploy/deploy-words.ts';

/** The agent's own parts of the node's deploying program, below the resources. */
export const agentDeployParts = 'backups/agent-deploy';

export const agentWords: DeployWords = {
  look: 'sifaka backups agent status',
  install: 'apt install coreutils systemd',
  applying: 'starts its timer',
  mayFail: 'systemctl',
  beforeAtBoot: 'its timers started',
  live: 'timers',
};

export const agentPaths = {
  program: '/usr/local/lib/sifaka/backup-agent',
  config: '/etc/sifaka/backup-agent.conf',
  service: '/etc/systemd/system/sifaka-backup-agent.service',
  timer: '/etc/systemd/system/sifaka-backup-agent.timer',
  /** Starts the timer at boot: a plain file, where `systemctl enable` would make a link. */
  wanted: '/etc/systemd/system/timers.target.d/sifaka-backup-agent.conf',
} as const;

/** Units of agents that others have put on nodes before; a deploy stops and disables them. */
export const olderUnits = ['backup_agent.timer', 'backup_agent.service'] as const;
