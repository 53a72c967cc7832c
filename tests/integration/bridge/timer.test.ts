import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ControlAnswer } from '../../../electron/services/bridge/check/system-control.ts';
import { systemdWord, timerUnits } from '../../../electron/services/bridge/check/timer-units.ts';
import { createUserTimer } from '../../../electron/services/bridge/check/user-timer.ts';
import { requireTools } from '../../rig/required-tools.ts';
import { problemOf } from '../lab/lab-fixtures.ts';
import { unkindNames } from './unkind-names.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sifaka-timer-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const units = () => join(folder, 'systemd', 'user');
const done: ControlAnswer = { code: 0, stdout: '', stderr: '' };

/** A systemd that answers as it is told, and what it was asked. */
function timer(
  answer: (call: string) => Partial<ControlAnswer> = () => ({}),
  platform: NodeJS.Platform = 'linux',
) {
  const calls: string[] = [];
  const made = createUserTimer({
    lab: '/labs/one',
    platform,
    environment: { XDG_CONFIG_HOME: folder, SIFAKA_HOME: '/srv/sifaka home', PATH: '/bin' },
    command: ['/usr/bin/node', '/opt/sifaka/cli.js'],
    async control(program, args) {
      const call = [program, ...args].join(' ');
      calls.push(call.replaceAll(/sifaka-bridge-check-[0-9a-f]{12}/g, 'UNIT'));
      return { ...done, ...answer(call) };
    },
  });
  return { made, calls };
}

describe('the timer of the user', () => {
  it('is made, changed and taken away, files and all', async () => {
    const { made, calls } = timer((call) => ({ stdout: call.includes('is-active') ? 'active\n' : 'no\n' }));
    expect(await made.status()).toMatchObject({ available: true, installed: false });
    expect(await made.install(15)).toMatchObject({
      installed: true,
      everyMinutes: 15,
      active: true,
      lingers: false,
    });
    expect(calls.filter((call) => /daemon-reload|enable|restart/.test(call))).toEqual([
      'systemctl --user daemon-reload',
      'systemctl --user enable --quiet UNIT.timer',
      'systemctl --user restart UNIT.timer',
    ]);
    expect(await made.install(60)).toMatchObject({ everyMinutes: 60 });
    const names = readdirSync(units());
    expect(names.map((name) => name.replace(/-[0-9a-f]{12}/, ''))).toEqual([
      'sifaka-bridge-check.service',
      'sifaka-bridge-check.timer',
    ]);
    const service = readFileSync(join(units(), names[0] ?? ''), 'utf8');
    expect(service).toContain('Environment="SIFAKA_HOME=/srv/sifaka home"\n');
    expect(service).not.toContain('PATH');
    expect(await made.remove()).toMatchObject({ installed: false });
    expect(readdirSync(units())).toEqual([]);
    expect(await made.remove()).toMatchObject({ installed: false });
  });

  it('leaves nothing when systemd refuses it', async () => {
    const { made } = timer((call) =>
      call.includes(' enable ') ? { code: 1, stderr: 'Access \u001b[2Jdenied' } : {},
    );
    const problem = await problemOf(made.install(15));
    expect(problem).toMatchObject({
      code: 'TIMER_FAILED',
      what: expect.stringContaining('Access  [2Jdenied'),
    });
    expect(readdirSync(units())).toEqual([]);
  });

  it('is not there without a manager of the user, and not on Windows and macOS, which is said before anything is made', async () => {
    const without = timer(() => ({ code: 1, stderr: 'Failed to connect to bus: No medium found' })).made;
    expect(await problemOf(without.install(15))).toMatchObject({
      code: 'TIMER_UNAVAILABLE',
      next: expect.stringContaining('enable-linger'),
    });
    for (const platform of ['win32', 'darwin'] as const) {
      const { made, calls } = timer(undefined, platform);
      expect(await problemOf(made.install(15))).toMatchObject({ code: 'TIMER_UNAVAILABLE' });
      expect(await problemOf(made.remove())).toMatchObject({ code: 'TIMER_UNAVAILABLE' });
      expect(await made.status()).toMatchObject({ available: false, installed: false });
      expect(calls).toEqual([]);
    }
    expect(existsSync(units())).toBe(false);
  });
});

describe('the units', () => {
  it('have every word in quotes, in which systemd gives nothing a meaning', () => {
    expect(systemdWord('/a b/%h')).toBe('"/a b/%%h"');
    expect(systemdWord(String.raw`"\n`)).toBe(String.raw`"\"\\n"`);
    expect(systemdWord('line\nExecStartPre=/bin/x')).toBe(String.raw`"line\x0aExecStartPre=/bin/x"`);
  });

  it.for(unkindNames)('are right for systemd with a path %j', async (name, context) => {
    requireTools(context, 'systemd-analyze');
    const program = join(folder, name, 'node');
    mkdirSync(join(folder, name));
    writeFileSync(program, '#!/bin/sh\n');
    chmodSync(program, 0o755);
    const { service, timer: text } = timerUnits({
      command: [program, `${program}.js`],
      lab: join(folder, name),
      environment: { SIFAKA_HOME: join(folder, name) },
      everyMinutes: 15,
    });
    writeFileSync(join(folder, 'check.service'), service);
    writeFileSync(join(folder, 'check.timer'), text);
    const files = [join(folder, 'check.service'), join(folder, 'check.timer')];
    const { stderr } = await promisify(execFile)('systemd-analyze', ['verify', '--man=no', ...files]);
    expect(stderr).toBe('');
  });
});
