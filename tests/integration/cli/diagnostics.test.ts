import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Desk } from './run-cli.ts';

let desk: Desk;
let lab = '';

beforeAll(async () => {
  desk = new Desk();
  lab = await desk.demoLab('lab');
});
afterAll(() => desk.remove());

describe('sifaka diagnostics', () => {
  it('prints what a bug report needs, without the names of home and secrets', async () => {
    const log = desk.path('home/state/sifaka.log');
    // A command that nothing unexpected happened to leaves no log.
    expect(existsSync(log)).toBe(false);
    writeFileSync(log, '2026-11-21T01:00:00.000Z 7 Error: K3S_TOKEN=PLANTED\u001b[2J\n    at x\n');
    const { code, stdout, stderr } = await desk.run(['diagnostics'], { lab, env: { HOME: desk.folder } });
    expect([code, stderr]).toEqual([0, '']);
    for (const words of [
      /^Sifaka diagnostics\n/,
      /^Version {3}\d+\.\d+\.\d+/m,
      /^Opened {4}in-process$/m,
      /^ {2}ok {7}Lab: ~\/lab can be read and written\.$/m,
      /^Drives\n {2}\S/m,
      /^Log\n {2}~\/home\/state\/sifaka\.log\n {2}2026-11-21T01:00:00\.000Z 7 Error: K3S_TOKEN=\[redacted\]/m,
    ]) {
      expect(stdout).toMatch(words);
    }
    expect(stdout).not.toContain('PLANTED');
    expect(stdout).not.toContain('\u001b');
    expect(stdout).not.toContain(desk.folder);
  });

  it('is one document with --json, and comes without the folders of the app, too', async () => {
    const { code, last } = await desk.run(['diagnostics', '--json'], { lab });
    expect(code).toBe(0);
    expect(last).toMatchObject({ type: 'report', command: 'diagnostics' });
    expect(JSON.stringify(last['report'])).toContain('Sifaka diagnostics');
    writeFileSync(desk.path('a-file'), '');
    const without = await desk.run(['diagnostics'], { home: desk.path('a-file') });
    expect([without.code, without.stderr]).toEqual([0, '']);
    expect(without.stdout).toMatch(/MISSING {2}Folders of the app/);
  });
});

describe('what a host logs', () => {
  it('is in the log file and on stderr, redacted in both', async () => {
    const home = desk.path('other-home');
    const script = `
      const { openServices } = await import(${JSON.stringify(resolve('electron/hosts/open-services.ts'))});
      const services = await openServices({ lab: undefined });
      services.log.line('web host: K3S_TOKEN=PLANTED');
      const { entries } = await services.readLog(10);
      process.stdout.write(JSON.stringify(entries.map(({ text }) => text)));
      await services.close();`;
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', script],
      { env: { ...process.env, SIFAKA_HOME: home } },
    );
    expect(stderr).toBe('web host: K3S_TOKEN=[redacted]\n');
    const logged = readFileSync(`${home}/state/sifaka.log`, 'utf8');
    expect(logged).toMatch(
      /^\S+Z \d+ Sifaka \d+\.\d+\.\d+ \(.+ Node \d.+\)\n\S+Z \d+ web host: K3S_TOKEN=\[redacted\]\n$/,
    );
    expect(JSON.parse(stdout)).toEqual([expect.stringMatching(/^Sifaka /), 'web host: K3S_TOKEN=[redacted]']);
  });
});
