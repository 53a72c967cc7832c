import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireTools } from '../../rig/required-tools.ts';
import { Desk } from './run-cli.ts';

const entry = fileURLToPath(new URL('../../../electron/cli/main.ts', import.meta.url));
let desk: Desk;
let lab = '';

beforeAll(async () => {
  desk = new Desk();
  lab = await desk.demoLab('lab');
  await desk.run(['drives', 'create', 'sd', '--size', '128MiB']);
});
afterAll(() => desk.remove());

/** Runs the command on a terminal of its own, made by util-linux's script(1), and types an answer at each question. */
function onTerminal(
  args: readonly string[],
  answers: readonly string[],
): Promise<{ code: number | null; screen: string }> {
  const words = [process.execPath, entry, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  const child = spawn('script', ['-qefc', `stty cols 100; ${words.join(' ')}`, '/dev/null'], {
    cwd: desk.folder,
    env: { ...process.env, SHELL: '/bin/sh', SIFAKA_HOME: desk.home, SIFAKA_LAB: lab },
  });
  let screen = '';
  let asked = 0;
  child.stdout.on('data', (chunk) => {
    screen += String(chunk);
    const questions = screen.match(/(burn it|not shown\)): /g)?.length ?? 0;
    for (; asked < questions; asked += 1) child.stdin.write(answers[asked] ?? '');
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, screen }));
  });
}

const burn = ['card', 'burn', 'titan-13', '--drive', 'virtual:sd'];

describe('on a terminal', () => {
  it('a burn asks for the name of the node, last of all, and shows one redrawn line while it runs', async (context) => {
    requireTools(context, 'script');
    const { code, screen } = await onTerminal(burn, ['titan-13\r']);
    expect(code).toBe(0);
    expect(screen).toMatch(
      /erases +Everything on virtual drive sd[\s\S]*Type titan-13 to erase virtual drive sd and burn it: /,
    );
    expect(screen).toMatch(/\r\u001b\[K\[#*\.*\] {2}Write: \d+ %/);
    expect(screen).toMatch(/Done and proven[\s\S]*Next: Insert the card/);
  });

  it('any other answer leaves the drive alone', async (context) => {
    requireTools(context, 'script');
    const { path } = (
      (await desk.run(['drives', 'list', '--json'])).last['report'] as { path: string }[]
    )[0] ?? { path: '' };
    const before = readFileSync(path);
    for (const [answer, exit] of [
      ['titan-15\r', 3],
      ['yes\r', 3],
      ['\r', 3],
      ['\u0003', 130],
      ['\u0004', 130],
    ] as const) {
      expect((await onTerminal(burn, [answer])).code).toBe(exit);
    }
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('a secret is asked for without echo', async (context) => {
    requireTools(context, 'script');
    const { code, screen } = await onTerminal(['secrets', 'seal', 'typed'], ['typed-in-secret\r']);
    expect(code).toBe(0);
    expect(screen).toContain('Value of typed (not shown): ');
    expect(screen).toContain('typed is sealed');
    expect(screen).not.toContain('typed-in-secret');
  });
});
