import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CliResult, Desk } from './run-cli.ts';

let desk: Desk;
let lab = '';

beforeEach(() => {
  desk = new Desk();
  lab = desk.path('lab');
  mkdirSync(join(lab, 'issues'), { recursive: true });
  mkdirSync(join(lab, 'cluster'));
});
afterEach(() => desk.remove());

function sifaka(args: readonly string[], input = ''): Promise<CliResult> {
  return desk.run(['issues', ...args], { lab, input });
}

describe('sifaka issues', () => {
  it('from the first to its end: open, list, show, close', async () => {
    expect((await sifaka(['list'])).stdout).toContain('The lab has no issues.');
    const file = desk.path('dmesg.txt');
    writeFileSync(file, 'thunderbolt 0-1: device disconnected\n');
    const words = ['--summary', 'It comes and goes.', '--evidence', file, '-', '--reason', 'seen twice'];
    const opened = await sifaka(
      ['open', 'A cable is loose', '--nodes', 'baobab,ebony', ...words],
      'carrier 0\n',
    );
    expect(opened).toMatchObject({ code: 0, stderr: '' });
    const [id = ''] = /ISSUE-\d{4}-001/.exec(opened.stdout) ?? [];
    const listed = await sifaka(['list']);
    expect(listed.stdout).toMatch(new RegExp(`${id} +open +.* +baobab ebony +A cable is loose`));
    const shown = await sifaka(['show', id.toLowerCase()]);
    expect(shown.stdout).toContain(
      '# Evidence\n\ndmesg.txt:\n\n    thunderbolt 0-1: device disconnected\n\nstdin:\n\n    carrier 0\n',
    );
    expect(shown.stdout).toMatch(/nodes +baobab ebony\n +check +none: it is closed with a note/);

    expect(await sifaka(['close', id])).toMatchObject({ code: 2 });
    const closed = await sifaka(['close', id, '--note', 'Pushed it in.', '--json']);
    expect(closed).toMatchObject({ code: 0, last: { type: 'report', report: { id, state: 'closed' } } });
    expect(await sifaka(['close', id, '--note', 'x', '--json'])).toMatchObject({
      code: 3,
      last: { code: 'ISSUE_CLOSED', exitCode: 3 },
    });
    expect(readFileSync(join(lab, 'CHANGELOG.md'), 'utf8')).toMatch(
      /Opened ISSUE[^\n]*seen twice[\s\S]*Closed ISSUE/,
    );
  });

  it('refuses to close what no check has proven, and says what to run', async () => {
    const opened = await sifaka([
      'open',
      'Frames are lost',
      '--nodes',
      'baobab',
      '--check',
      'bridge',
      '--json',
    ]);
    expect(opened).toMatchObject({ code: 0 });
    const { id } = opened.last['report'] as { id: string };
    const refused = await sifaka(['close', id, '--note', 'believe me']);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('ISSUE_NOT_PROVEN');
    expect(refused.stderr).toContain('`sifaka bridge check`');
  });

  it('names what is wrong with what was typed', async () => {
    for (const wrong of [
      ['show', '../../etc/passwd'],
      ['open', 'x', '--nodes', '--check=bridge'],
      ['open', 'x', '--nodes', 'Not/A/Node'],
      ['open', 'x', '--evidence', desk.path('nothing')],
    ])
      expect([wrong, (await sifaka([...wrong, '--json'])).last]).toMatchObject([
        wrong,
        { code: 'INPUT_INVALID', exitCode: 2 },
      ]);
    expect((await sifaka(['open', 'x', '--evidence', '-', '--json'], 'x'.repeat(65_537))).last).toMatchObject(
      {
        code: 'INPUT_INVALID',
      },
    );
    expect((await sifaka(['show', 'ISSUE-2026-001', '--json'])).last).toMatchObject({
      code: 'ISSUE_UNKNOWN',
    });
  });

  it('shows nothing of an issue that moves a terminal', async () => {
    const attack = '\u001b[2J\u001b]0;owned\u0007\u009b31m\u202eevil\u200b';
    writeFileSync(
      join(lab, 'issues/ISSUE-2020-001.md'),
      `# ${attack}\n\n- ${attack}\n\n\`\`\`\n${attack}\n\`\`\`\n${attack}`,
    );
    writeFileSync(
      join(lab, 'issues/ISSUE-2020-002.md'),
      `---\nid: ISSUE-2020-002\ntitle: ${JSON.stringify(attack)}\nstatus: open\nopened: 2020-01-01T00:00:00Z\n---\n`,
    );
    for (const args of [
      ['list'],
      ['show', 'ISSUE-2020-001'],
      ['show', 'ISSUE-2020-002'],
      ['list', '--json'],
    ]) {
      const { code, stdout, stderr } = await sifaka(args);
      expect(code).toBe(0);
      expect(stdout).toContain('owned');
      expect(stdout + stderr).not.toMatch(/[^\P{Cc}\n]|\p{Cf}|\p{Zl}|\p{Zp}/u);
    }
  });
});
