import { describe, expect, it } from 'vitest';
import { fits, keepAt, policyFor, ruleFor } from '../../../shared/backup-rules.ts';
import { backupPolicySchema, type GuestSelector } from '../../../shared/schemas/backup-policy.ts';

const guest = { node: 'baobab', vmid: 100, tags: ['prod', 'web'], pool: 'shop' };

const policy = backupPolicySchema.parse({
  schema: 'sifaka.backup-policy/1',
  timezone: 'Europe/Berlin',
  rules: [
    { name: 'databases', guests: ['tag:db', 'baobab/101'], storage: 'nas' },
    {
      name: 'all',
      guests: ['all'],
      storage: 'nas',
      targets: ['offsite'],
      keep: { last: 3 },
      keepOn: { offsite: { yearly: 2 } },
    },
  ],
  exclude: [9000, 'tag:scratch'],
});

describe('a selector', () => {
  it.each<[GuestSelector, boolean]>([
    ['all', true],
    ['node:baobab', true],
    ['node:ebony', false],
    ['baobab/100', true],
    ['ebony/100', false],
    ['baobab/1000', false],
    ['100', true],
    [100, true],
    ['1000', false],
    [1000, false],
    ['tag:prod', true],
    ['tag:Prod', false],
    ['tag:pro', false],
    ['pool:shop', true],
    ['pool:prod', false],
  ])('%s means the guest: %s', (selector, means) => {
    expect(fits(selector, guest)).toBe(means);
  });

  it('means no guest whose pool is not known', () => {
    expect(fits('pool:shop', { node: 'baobab', vmid: 100, tags: [] })).toBe(false);
  });
});

describe('a policy', () => {
  it('counts the first rule that a guest fits', () => {
    expect(ruleFor(policy, guest)?.name).toBe('all');
    expect(ruleFor(policy, { ...guest, vmid: 101 })?.name).toBe('databases');
    expect(ruleFor(policy, { ...guest, tags: ['db'] })?.name).toBe('databases');
  });

  it('excludes before any rule', () => {
    const scratch = { ...guest, tags: ['scratch', 'db'] };
    expect(policyFor(policy, scratch)).toEqual({ kind: 'excluded', by: 'tag:scratch' });
    expect(policyFor(policy, { ...guest, vmid: 9000 })).toEqual({ kind: 'excluded', by: 9000 });
    expect(ruleFor(policy, scratch)).toBeUndefined();
  });

  it('excludes what a restore test makes, or left', () => {
    const tested = { ...policy, restoreTests: { vmids: { first: 9900, last: 9909 } } };
    for (const vmid of [9900, 9909])
      expect(policyFor(tested, { ...guest, vmid })).toEqual({ kind: 'excluded', by: vmid });
    for (const vmid of [9899, 9910]) expect(ruleFor(tested, { ...guest, vmid })?.name).toBe('all');
  });

  it('says nothing of a guest that nobody thought of', () => {
    const only = { ...policy, rules: policy.rules.slice(0, 1) };
    expect(policyFor(only, guest)).toEqual({ kind: 'none' });
  });

  it('keeps other numbers at a target where it says so', () => {
    const [databases, all] = policy.rules;
    if (databases === undefined || all === undefined) throw new Error('there are two rules');
    expect(keepAt(all).last).toBe(3);
    expect(keepAt(all, 'offsite')).toMatchObject({ last: 0, yearly: 2 });
    expect(keepAt(all, 'nas')).toMatchObject({ last: 3 });
    expect(keepAt(databases, 'offsite').last).toBe(0);
  });
});
