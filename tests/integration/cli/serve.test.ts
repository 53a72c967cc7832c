import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unproven } from '../required-tools.ts';
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
});
