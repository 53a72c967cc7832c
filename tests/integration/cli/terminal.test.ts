import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireTools, unproven } from '../../rig/required-tools.ts';
import { connect, tokenOf } from '../hosts/doors.ts';
import { Desk } from './run-cli.ts';

const entry = fileURLToPath(new URL('../../../electron/cli/main.ts', import.meta.url));
const builtPage = fileURLToPath(new URL('../../../out/renderer/index.html', import.meta.url));
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

/** The host of a terminal of its own, and a page's connection to it; `type` types there, `screen` is what stands there. */
async function serving(...options: string[]) {
  const child = spawn(
    'script',
    ['-qefc', `'${process.execPath}' '${entry}' serve ${options.join(' ')}`, '/dev/null'],
    {
      cwd: desk.folder,
      env: { ...process.env, SHELL: '/bin/sh', SIFAKA_HOME: desk.home, SIFAKA_LAB: lab },
    },
  );
  const ended = new Promise<number | null>((resolve) => void child.on('close', resolve));
  let screen = '';
  child.stdout.on('data', (chunk) => (screen += String(chunk)));
  const address = /http:\S+/;
  await expect.poll(() => screen, { timeout: 30_000 }).toMatch(address);
  const page = await connectPage(address.exec(screen)?.[0] ?? '');
  return {
    ...page,
    ended,
    screen: () => screen,
    type: (keys: string) => void child.stdin.write(keys),
    async [Symbol.asyncDispose]() {
      page.close();
      child.kill();
      await ended;
    },
  };
}

/** A file that stands for a card that was used before. */
function usedCard(name: string): string {
  const path = desk.path(name);
  writeFileSync(path, Buffer.alloc(128 << 20, 7));
  return path;
}

describe('a page served from a terminal', () => {
  it('cannot erase by itself: the terminal asks for the node’s name, and takes back a question nobody waits for', async (context) => {
    requireTools(context, 'script');
    if (!existsSync(builtPage)) unproven(context, 'the page is not built');
    await using host = await serving();
    const path = usedCard('used.img');
    const { digest } = await host.client.cards.plan({
      node: 'titan-13',
      target: { kind: 'existing-file', path },
    });
    const confirm = () => host.client.cards.confirm({ planDigest: digest });
    const asks = (times: number) =>
      expect.poll(() => host.screen().match(/Type titan-13 to erase .* and burn it: /g)?.length).toBe(times);

    for (const [times, keys] of ['no\r', '\r', '\u0003'].entries()) {
      const answer = expect(confirm()).rejects.toMatchObject({ code: 'CONFIRMATION_REQUIRED' });
      await asks(times + 1);
      host.type(keys);
      await answer;
    }
    expect(host.screen()).toContain('The page wants to burn titan-13.');
    const one = confirm();
    await asks(4);
    await expect(confirm()).rejects.toMatchObject({ code: 'CONFIRMATION_REQUIRED' });
    host.type('titan-13\r');
    expect(await one).toHaveProperty('confirmation');

    confirm().catch(() => undefined);
    await asks(5);
    host.close();
    await expect.poll(host.screen).toContain('The page that asked is gone; nothing was erased.');
    // Nobody reads these keys as an answer any more: Ctrl-C stops the host.
    host.type('\u0003');
    await host.ended;
    expect(readFileSync(path).every((byte) => byte === 7)).toBe(true);
  });

  it('is believed with --yes, and not at all without a terminal', async (context) => {
    requireTools(context, 'script');
    if (!existsSync(builtPage)) unproven(context, 'the page is not built');
    const target = { kind: 'existing-file' as const, path: usedCard('other.img') };
    {
      await using host = await serving('--yes');
      const { digest } = await host.client.cards.plan({ node: 'titan-13', target });
      expect(await host.client.cards.confirm({ planDigest: digest })).toHaveProperty('confirmation');
    }
    const host = desk.start(['serve', '--json'], { lab });
    const { url } = (await host.event('serving')) as { url: string };
    const page = await connectPage(url);
    const { digest } = await page.client.cards.plan({ node: 'titan-13', target });
    await expect(page.client.cards.confirm({ planDigest: digest })).rejects.toMatchObject({
      code: 'CONFIRMATION_REQUIRED',
      data: { what: expect.stringContaining('no terminal to ask on') },
    });
    page.close();
    host.child.kill('SIGINT');
    await host.ended;
  });
});

async function connectPage(url: string) {
  const { client, socket } = await connect(Number(new URL(url).port), tokenOf(url));
  return { client, close: () => socket.close() };
}
