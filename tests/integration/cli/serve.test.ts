import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unproven } from '../../rig/required-tools.ts';
import { Desk } from './run-cli.ts';

const page = fileURLToPath(new URL('../../../out/renderer/index.html', import.meta.url));
let desk: Desk;
let lab = '';

beforeAll(async () => {
  desk = new Desk();
  lab = await desk.demoLab('lab');
});
afterAll(() => desk.remove());

describe('sifaka serve', () => {
  it('prints its address first, serves the page, refuses a taken port with 4, and stops on Ctrl-C', async (context) => {
    if (!existsSync(page)) unproven(context, 'the page is not built');
    const host = desk.start(['serve', '--json'], { lab });
    const { url } = (await host.event('serving')) as { url: string };
    const { hostname, port, hash } = new URL(url);
    expect(hostname).toBe('127.0.0.1');
    expect(hash).toMatch(/^#token=[A-Za-z0-9_-]{43}$/);
    const answer = await fetch(url);
    expect(await answer.text()).toContain('<div id="root"');
    const second = await desk.run(['serve', '--port', port, '--json'], { lab });
    expect(second).toMatchObject({ code: 4, last: { type: 'problem' } });
    host.child.kill('SIGINT');
    const result = await host.ended;
    expect(result).toMatchObject({ code: 0, lines: [{ type: 'serving', url }, { type: 'report' }] });
    // The token is on stdout alone.
    expect(result.stderr).not.toContain(hash.slice('#token='.length));
    await expect(fetch(url)).rejects.toThrow();
  });

  it('opens the browser without the token on any command line', async (context) => {
    if (!existsSync(page)) unproven(context, 'the page is not built');
    if (process.platform !== 'linux') unproven(context, 'the stand-in browser is for Linux');
    // Stands for the desktop's opener: keeps its arguments, and the page they name.
    const tools = desk.path('tools');
    mkdirSync(tools);
    const script = `#!/bin/sh\nprintf '%s\\n' "$@" > '${tools}/arguments'\ncp "\${1#file://}" '${tools}/page'\n: > '${tools}/done'\n`;
    writeFileSync(`${tools}/xdg-open`, script, { mode: 0o755 });
    const env = { PATH: `${tools}:${process.env['PATH']}` };
    const host = desk.start(['serve', '--open', '--json'], { lab, env });
    const { url } = (await host.event('serving')) as { url: string };
    await expect.poll(() => existsSync(`${tools}/done`), { timeout: 30_000 }).toBe(true);
    const opened = (await readFile(`${tools}/arguments`, 'utf8')).trim();
    const token = new URL(url).hash.slice('#token='.length);
    expect(opened).not.toContain(token);
    expect(await readFile(`${tools}/page`, 'utf8')).toContain(`url=${url}"`);
    const file = fileURLToPath(opened);
    expect(statSync(file).mode & 0o077).toBe(0);
    expect(statSync(dirname(file)).mode & 0o077).toBe(0);
    host.child.kill('SIGINT');
    await host.ended;
    expect(existsSync(dirname(file))).toBe(false);
  });
});
