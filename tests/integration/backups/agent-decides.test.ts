import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { agentConfig } from '../../../electron/services/backups/agent/agent-config.ts';
import { policyFor, type SelectedGuest } from '../../../shared/backup-rules.ts';
import { lastDue } from '../../../shared/backup-schedule.ts';
import type { GuestSelector } from '../../../shared/schemas/backup-policy.ts';
import { agentProgram, policyOf } from '../../rig/backups/agent-on-node.ts';
import { requireTools, unproven } from '../../rig/required-tools.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sifaka-agent-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The agent's own functions, on this machine: all of it but its last words, which run it. */
const functions = agentProgram.slice(0, agentProgram.lastIndexOf('case ${1:-} in'));
const shells = [
  ['dash', ['dash']],
  ['busybox', ['busybox', 'sh']],
] as const;

function decide(shell: readonly string[], driver: string, config?: string): string[] {
  const place = join(folder, 'backup-agent.conf');
  if (config !== undefined) writeFileSync(place, config, { mode: 0o600 });
  const script = functions.replace('config=/etc/sifaka/backup-agent.conf', `config=${place}`);
  const [program = '', ...first] = shell;
  const { stdout, stderr, status } = spawnSync(program, [...first, '-s'], {
    input: `${script}\n${driver}\n`,
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
  return stdout.trimEnd().split('\n');
}

it('is written in the shell that every node has', (context) => {
  requireTools(context, 'shellcheck');
  const { status, stdout } = spawnSync('shellcheck', ['--shell=sh', '-'], {
    input: agentProgram.replace(/^#!.*\n/, ''),
    encoding: 'utf8',
  });
  expect([status, stdout]).toEqual([0, '']);
});

it.each(shells)('%s finds the same last time of a schedule as Sifaka does', (_, shell) => {
  const zones = [
    'Etc/UTC',
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kolkata',
    'Pacific/Chatham',
  ];
  const schedules = [
    { at: '02:30' },
    { at: '00:00', days: ['mon' as const, 'thu' as const] },
    { at: '23:59', days: ['sun' as const] },
  ];
  // Around the nights when clocks are put forward and back, north and south, and on plain days.
  const nights = [
    '2026-03-29T01:00Z',
    '2026-10-25T01:00Z',
    '2026-03-08T07:00Z',
    '2026-11-01T06:00Z',
    '2026-04-04T15:00Z',
    '2026-10-03T15:30Z',
    '2026-07-01T12:00Z',
  ];
  const hours = [-30, -3, -1, -0.5, 0, 0.5, 1, 2, 5, 26, 100];
  const cases = zones
    .flatMap((zone) =>
      schedules.flatMap((schedule) =>
        nights.flatMap((night) =>
          hours.map((hour) => ({ zone, schedule, now: Date.parse(night) / 1000 + hour * 3600 })),
        ),
      ),
    )
    .filter((_one, index) => index % 5 === 0);
  const driver = cases.map(
    ({ zone, schedule, now }) =>
      `zone=${zone}; last_due ${schedule.at} '${schedule.days?.join(',') ?? '*'}' ${now}`,
  );
  const found = decide(shell, driver.join('\n'));
  const expected = cases.map(({ zone, schedule, now }) =>
    String(lastDue(schedule, zone, new Date(now * 1000)).getTime() / 1000),
  );
  const wrong = cases.flatMap((one, index) =>
    found[index] === expected[index] ? [] : [{ ...one, found: found[index], expected: expected[index] }],
  );
  expect(wrong).toEqual([]);
});

it.for(shells)('%s gives each guest the rule that Sifaka gives it', ([, shell], context) => {
  if (process.getuid?.() !== 0) unproven(context, 'the agent believes only what root wrote');
  const selectors: GuestSelector[] = [
    'all',
    'node:baobab',
    'node:ebony',
    'baobab/100',
    'ebony/100',
    '101',
    102,
    'tag:prod',
    'tag:pro',
    'pool:web',
    'pool:we',
  ];
  const guests: SelectedGuest[] = [
    { node: 'baobab', vmid: 100, tags: [] },
    { node: 'baobab', vmid: 101, tags: ['prod', 'web'], pool: 'web' },
    { node: 'baobab', vmid: 102, tags: ['production'] },
    { node: 'baobab', vmid: 1000, tags: ['x'], pool: 'we' },
  ];
  const policies = selectors.flatMap((one, index) => {
    const other = selectors[(index * 7 + 3) % selectors.length] ?? 'all';
    return [
      policyOf([{ guests: [one] }, { guests: [other] }]),
      policyOf([{ guests: [one, other] }], { exclude: [other] }),
      policyOf([{ guests: ['all'] }], { exclude: [one] }),
      policyOf([{ guests: [one] }], { restoreTests: { vmids: { first: 101, last: 102 } } }),
    ];
  });
  const answers = `guest_config() { case $2 in ${guests.map(({ vmid, tags }) => `${vmid}) echo 'tags: ${tags.join(';')}' ;;`).join(' ')} esac; }
pool_answer='[${guests.map(({ vmid, pool }) => JSON.stringify({ id: `qemu/${vmid}`, ...(pool === undefined ? {} : { pool }), vmid })).join(',')}]'`;
  for (const policy of policies) {
    const config = agentConfig({
      policy,
      node: { node: 'baobab', pveCluster: 'madagascar', storages: [] },
      targets: new Map(),
      labId: undefined,
      version: '0.0.0',
    });
    const driver = `${answers}\nread_config\n${guests.map(({ vmid }) => `rule_for qemu ${vmid}`).join('\n')}`;
    const expected = guests.map((guest) => {
      const found = policyFor(policy, guest);
      return found.kind === 'rule' ? String(policy.rules.indexOf(found.rule) + 1) : found.kind;
    });
    expect(decide(shell, driver, config), config).toEqual(expected);
  }
});

it('follows no configuration that is not wholly understood, or that others may write', (context) => {
  if (process.getuid?.() !== 0) unproven(context, 'the agent believes only what root wrote');
  const good = agentConfig({
    policy: policyOf([
      { schedule: { at: '02:30', days: ['mon'] }, targets: ['attic'], pruneBy: 'vzdump', keep: { last: 3 } },
    ]),
    node: { node: 'baobab', pveCluster: 'madagascar', storages: [] },
    targets: new Map([['attic', { kind: 'node-folder' as const, path: '/mnt/attic' }]]),
    labId: '0d5f1c1e-7a55-4a55-9a55-0123456789ab',
    version: '0.0.0',
  });
  const verdict = 'if read_config; then echo taken; else echo refused; fi';
  const answer = (config: string, driver = verdict) => decide(['dash'], driver, config).at(-1);
  expect(answer(good)).toBe('taken');
  expect(good).toContain('rule rule0 vzdump snapshot nas zstd 0 keep-last=3 storage:baobab/nas 26\n');
  const bad = [
    good.replace('end\n', ''),
    `${good}guests all\n`,
    good.replace('sifaka.backup-agent/1', 'sifaka.backup-agent/2'),
    good.replace('nas zstd', '-nas zstd'),
    good.replace('/mnt/attic', '/mnt/../etc'),
    good.replace('02:30', '2:30'),
    good.replace('keep-last=3', '--script'),
    good.replace('Etc/UTC', '../../etc/passwd'),
    good.replace('guests all', 'guests $(id)'),
    good.replace('snapshot', 'snapshot extra'),
    good.replace('timezone', 'time zone'),
  ];
  for (const config of bad) expect(answer(config), config).toBe('refused');
  const place = join(folder, 'backup-agent.conf');
  expect(answer(good, `chmod 0666 ${place}; ${verdict}`)).toBe('refused');
  expect(
    answer(
      good,
      `chmod 0600 ${place}; mv ${place} ${place}.real; ln -s ${place}.real ${place}; ${verdict}; rm ${place}`,
    ),
  ).toBe('refused');
});
