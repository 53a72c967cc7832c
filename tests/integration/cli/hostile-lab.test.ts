import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliResult, Desk } from './run-cli.ts';

let desk: Desk;
let lab = '';

/** Clears the screen, renames the window, asks the terminal to type, hides text, and the same in 8-bit and by direction. */
const attack = '\u001b[2J\u001b]0;owned\u0007\u001bP+q\u001b\\\u009b31m\u0008\r\u202eevil\u2066';
/** What survives in fields that must be one line without C0 controls. */
const quietAttack = 'fine\u009b31m\u0090q\u202eevil\u2066\u200b';

beforeAll(async () => {
  desk = new Desk();
  lab = await desk.demoLab('lab');
});
afterAll(() => desk.remove());

/** Nothing that a terminal acts upon may be in what was printed, on either stream. */
function expectHarmless(result: CliResult): void {
  expect(result.stdout + result.stderr).not.toMatch(/[^\P{Cc}\n]|\p{Cf}|\p{Zl}|\p{Zp}/u);
}

function withInventory(name: string, change: (text: string) => string): string {
  const hostile = desk.copyLab(lab, name);
  const file = join(hostile, 'metis/inventory.yaml');
  writeFileSync(file, change(readFileSync(file, 'utf8')));
  return hostile;
}

describe('terminal escapes in a lab', () => {
  it('are made visible where the lab is valid: nodes, plan, get', async () => {
    const hostile = withInventory('valid', (text) =>
      text.replace(
        'description: Longhorn storage, two disks',
        () => `description: ${JSON.stringify(quietAttack)}`,
      ),
    );
    const nodes = await desk.run(['card', 'nodes'], { lab: hostile });
    expect(nodes).toMatchObject({ code: 0 });
    expect(nodes.stdout).toContain('fine\\u{9b}31m\\u{90}q\\u{202e}evil\\u{2066}\\u{200b}');
    const got = await desk.run(['lab', 'get', 'metis/inventory.yaml', '/nodes/titan-13'], { lab: hostile });
    expect(got).toMatchObject({ code: 0 });
    const json = await desk.run(['card', 'nodes', '--json'], { lab: hostile });
    const reported = json.last['report'] as { name: string; description: string }[];
    expect(reported.find((node) => node.name === 'titan-13')?.description).toBe(quietAttack);
    for (const result of [nodes, got, json]) expectHarmless(result);
  });

  it('are made visible where the lab is wrong: keys, values, unknown classes', async () => {
    const changes = [
      (text: string) =>
        text.replace('networkRenderer: netplan', () => `networkRenderer: ${JSON.stringify(attack)}`),
      (text: string) => text.replace('networkRenderer: netplan', () => `${JSON.stringify(attack)}: netplan`),
      (text: string) => text.replace('class: control-plane', () => `class: ${JSON.stringify(quietAttack)}`),
      (text: string) => `${text}${attack}`,
    ];
    for (const [index, change] of changes.entries()) {
      const hostile = withInventory(`wrong-${index}`, change);
      const checked = await desk.run(['lab', 'check'], { lab: hostile });
      expect(checked.code).toBe(2);
      const planned = await desk.run(['card', 'plan', 'titan-13', '--to', 'x.img'], { lab: hostile });
      expect(planned.code).toBe(2);
      for (const result of [checked, planned]) expectHarmless(result);
    }
  });

  it('are made visible in the names of the lab, of files and in what was typed', async () => {
    const folder = process.platform === 'win32' ? 'lab \u202e' : `lab ${quietAttack}\u001b[31m`;
    const hostile = desk.copyLab(lab, folder);
    mkdirSync(join(hostile, 'metis/hooks/extra'));
    const results = [
      await desk.run(['lab', 'check'], { lab: hostile }),
      await desk.run(['card', 'plan', attack, '--to', 'x.img'], { lab }),
      await desk.run(['card', 'plan', 'titan-13', '--to', `${quietAttack}.img`], { lab }),
      await desk.run(['card', 'plan', 'titan-13', '--drive', `virtual:${attack}`], { lab }),
      await desk.run([attack], { lab }),
      await desk.run(['lab', 'get', attack], { lab }),
      await desk.run(['doctor'], { lab: hostile }),
      await desk.run(['card', 'nodes', '--lab', `nowhere${attack}`]),
    ];
    for (const result of results) expectHarmless(result);
    expect(results.map(({ code }) => code)).toEqual([0, 2, expect.any(Number), 2, 2, 3, 0, 2]);
  });
});
