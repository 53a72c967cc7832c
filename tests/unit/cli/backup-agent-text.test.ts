import { expect, it } from 'vitest';
import { agentPlanText, agentsText } from '../../../electron/cli/text/backup-agent-text.ts';
import type { PlannedAgent } from '../../../shared/schemas/backup-plans.ts';

const now = new Date('2026-11-21T12:00:00Z');
const digest = 'a'.repeat(64);

function planned(nodes: PlannedAgent['plan']['nodes']): PlannedAgent {
  return { plan: { schema: 'sifaka.agent-plan/1', nodes }, digest };
}

it('a plan shows each file’s difference once, names what is retired, and what nobody reads by its size', () => {
  const files: PlannedAgent['plan']['nodes'][number]['files'] = [
    { path: '/etc/sifaka/backup-agent.conf', action: 'replace', before: 'a\n', after: 'b\n' },
    { path: '/usr/local/lib/sifaka/backup-agent', action: 'create', after: 'line\n'.repeat(300) },
    { path: '/etc/systemd/system/sifaka-backup-agent.timer', action: 'keep', before: 'x', after: 'x' },
  ];
  const text = agentPlanText(
    planned([
      { node: 'baobab', action: 'install', files, retires: ['backup_agent.timer'] },
      { node: 'ebony', action: 'change', files, retires: [] },
    ]),
  );
  expect(text).toContain(
    'baobab: the agent is installed\n  backup_agent.timer, of an older agent, is stopped and disabled',
  );
  expect(text.match(/-a\n {4}\+b/g)).toHaveLength(1);
  expect(text).toContain('/etc/sifaka/backup-agent.conf  changed; as on baobab');
  expect(text).toContain('/usr/local/lib/sifaka/backup-agent  new, 300 lines that differ');
  expect(text).not.toContain('agent.timer  ');
  expect(text).toContain('All nodes are confirmed together or none.');
});

it('a refusal is the last word, whatever else a plan has', () => {
  const refusal = {
    code: 'NOT_PROXMOX' as const,
    what: 'tapia has nothing of Proxmox.',
    state: '',
    next: 'Leave it out.',
  };
  const text = agentPlanText(
    planned([{ node: 'tapia', action: 'install', files: [], retires: [], refusal }]),
  );
  expect(text).toContain('tapia: REFUSED\n  tapia has nothing of Proxmox.\n  Leave it out.');
  expect(text.endsWith('Refused. Nothing was changed.')).toBe(true);
});

it('what a node calls things does nothing to the terminal', () => {
  const hostile = '\u001b[2Jevil\u202e';
  const file = {
    path: '/etc/sifaka/backup-agent.conf',
    action: 'replace' as const,
    before: hostile,
    after: hostile.repeat(2),
  };
  const plan = agentPlanText(planned([{ node: 'baobab', action: 'change', files: [file], retires: [] }]));
  const status = agentsText(
    [{ node: 'baobab', state: 'foreign', guests: [], lastOutcome: hostile, version: hostile }],
    now,
  );
  for (const text of [plan, status]) expect(text).not.toMatch(/[\u001b\u202e]/);
});

it('an agent that is not in order is in capitals, with what to do', () => {
  const text = agentsText(
    [
      { node: 'baobab', state: 'current', guests: ['baobab/100'], nextRunAt: '2026-11-21T13:07:00Z' },
      { node: 'ebony', state: 'outdated', guests: [], older: 'backup_agent.timer' },
    ],
    now,
  );
  expect(text).toMatch(/baobab +as the policy says +1/);
  expect(text).toMatch(/ebony +OUT OF DATE/);
  expect(text).toContain('an older agent runs there too (backup_agent.timer)');
  expect(text).not.toContain('check the clock');
  expect(text.endsWith('Next: sifaka backups agent plan')).toBe(true);
});
