import { describe, expect, test } from 'vitest';
import { parseProcStat, portableIdentity } from '../../../electron/services/jobs/process-identity.ts';

/** Shaped as in proc_pid_stat(5): state is field 3, the start time field 22. */
const stat = (name: string): string =>
  `4321 (${name}) S 1 4321 4321 0 -1 4194560 1000 0 0 0 10 5 0 0 20 0 11 0 987654 1000000 2000 18446744073709551615`;

describe('the start time in /proc/<pid>/stat', () => {
  test.each(['node', 'a b', 'x) R 1 2 (y', '(', ') ) )', ''])('is found for a program named %j', (name) => {
    expect(parseProcStat(stat(name))).toEqual({ state: 'S', startTime: '987654' });
  });

  test.each(['', 'nonsense', '1 (node) S 1 2'])('%j has none', (text) => {
    expect(parseProcStat(text)).toBeUndefined();
  });
});

describe('an owner where only pids can be asked for', () => {
  const identity = portableIdentity({ pidExists: (pid) => pid === 77, bootedAt: 1_000_000 });
  const owner = { ...identity.self, pid: 77 };

  test('is alive while its pid is there in the same boot', () => {
    expect(identity.isAlive(owner)).toBe(true);
    expect(identity.isAlive({ ...owner, bootId: 'booted-1000299' })).toBe(true);
  });

  test('is gone when its pid is, or when the machine was started again', () => {
    expect(identity.isAlive({ ...owner, pid: 78 })).toBe(false);
    expect(identity.isAlive({ ...owner, bootId: 'booted-900000' })).toBe(false);
  });

  test('is gone when this very process has its pid, but began at another time', () => {
    expect(identity.isAlive(identity.self)).toBe(true);
    expect(identity.isAlive({ ...identity.self, startedAt: '1' })).toBe(false);
  });

  test('is never taken for dead on a machine that cannot be looked at, or for an unreadable boot', () => {
    expect(identity.isAlive({ ...owner, pid: 78, host: 'another-machine' })).toBe(true);
    expect(identity.isAlive({ ...owner, bootId: 'unheard of' })).toBe(true);
  });
});
