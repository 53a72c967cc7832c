import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireTools, unproven } from '../../rig/required-tools.ts';
import { connect, tokenOf } from '../hosts/doors.ts';
import { Desk } from './run-cli.ts';

const entry = fileURLToPath(new URL('../../../electron/cli/main.ts', import.meta.url));
const heldUpWhileRaw = new URL('held-up-while-raw.mjs', import.meta.url).href;
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
  typedAhead = '',
  environment: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; screen: string }> {
  const words = [process.execPath, entry, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  const child = spawn('script', ['-qefc', `stty cols 100; ${words.join(' ')}`, '/dev/null'], {
    cwd: desk.folder,
    env: { ...process.env, SHELL: '/bin/sh', SIFAKA_HOME: desk.home, SIFAKA_LAB: lab, ...environment },
  });
  child.stdin.write(typedAhead);
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

  it.for<[string, Record<string, string>]>([
    ['is no answer', {}],
    ['is none where the machine stood still meanwhile', { NODE_OPTIONS: `--import ${heldUpWhileRaw}` }],
  ])('what is typed before a burn asks %s', async ([, environment], context) => {
    requireTools(context, 'script');
    const answers = ['titan-15\r'];
    const { code } = await onTerminal(burn, answers, 'titan-13\r', environment);
    expect(code).toBe(3);
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
    ['-qefc', `set -m; '${process.execPath}' '${entry}' serve ${options.join(' ')}`, '/dev/null'],
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
      // One that runs behind another program of its terminal does not end with it.
      const behind = /behind: (\d+)/.exec(screen)?.[1];
      if (behind !== undefined) process.kill(Number(behind));
      child.kill();
      await ended;
      if (behind !== undefined) await expect.poll(() => existsSync(`/proc/${behind}`)).toBe(false);
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
  it('cannot erase by itself: the terminal asks for what it shows, once, and takes back a question nobody waits for', async (context) => {
    requireTools(context, 'script');
    if (!existsSync(builtPage)) unproven(context, 'the page is not built');
    await using host = await serving();
    const path = usedCard('used.img');
    const { digest } = await host.client.cards.plan({
      node: 'titan-13',
      target: { kind: 'existing-file', path },
    });
    const confirm = () => host.client.cards.confirm({ planDigest: digest });
    const questions = () => [...host.screen().matchAll(/Type (titan-13 \d{4}) to erase it: /g)];
    /** The answer to the newest question, which is asked as soon as the rest after the last one is over. */
    const asked = async (times: number) => {
      let answer = Promise.withResolvers<unknown>().promise;
      const ask = async () => {
        if (questions().length === times) return true;
        answer = confirm();
        const refusal = answer.then(
          () => undefined,
          (error: { data?: { what?: string } }) => error.data?.what,
        );
        // It is asked, or refused at once.
        await Promise.race([refusal, expect.poll(() => questions().length).toBe(times)]);
        return questions().length === times;
      };
      await expect.poll(ask, { interval: 300, timeout: 20_000 }).toBe(true);
      return { answer, expected: questions().at(-1)?.[1] ?? '' };
    };

    // What is typed before there is a question answers none, whatever it is.
    host.type('titan-13\rtitan-13 1234\r');
    for (const [times, keys] of ['titan-13\r', '\u0003'].entries()) {
      const { answer } = await asked(times + 1);
      host.type(keys);
      await expect(answer).rejects.toMatchObject({
        code: 'CONFIRMATION_REQUIRED',
        data: { what: expect.stringContaining('was not answered with yes') },
      });
    }
    // Two files can have one name.
    expect(host.screen().replaceAll(/\s+/g, ' ')).toContain(`burn titan-13 onto ${path}.`);

    const { answer, expected } = await asked(3);
    await expect(confirm()).rejects.toMatchObject({
      data: { what: expect.stringContaining('still open') },
    });
    host.type(`${expected}\r`);
    expect(await answer).toHaveProperty('confirmation');

    const left = await asked(4);
    left.answer.catch(() => undefined);
    host.close();
    await expect.poll(host.screen).toContain('The page that asked is gone; nothing was erased.');
    // Nobody reads these keys as an answer any more: Ctrl-C stops the host.
    host.type('\u0003');
    await host.ended;
    expect(readFileSync(path).every((byte) => byte === 7)).toBe(true);
  });

  it('is refused, and the host goes on, where the host runs behind another program of its terminal', async (context) => {
    requireTools(context, 'script');
    if (!existsSync(builtPage)) unproven(context, 'the page is not built');
    await using host = await serving('& echo "behind: $!"; sleep 600');
    const target = { kind: 'existing-file' as const, path: usedCard('behind.img') };
    const { digest } = await host.client.cards.plan({ node: 'titan-13', target });
    await expect(host.client.cards.confirm({ planDigest: digest })).rejects.toMatchObject({
      data: { what: expect.stringContaining('no terminal to ask on') },
    });
    expect(await host.client.session.info()).toMatchObject({ host: 'web' });
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
