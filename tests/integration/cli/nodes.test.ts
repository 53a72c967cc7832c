import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requireTools } from '../../rig/required-tools.ts';
import { freePort } from '../../rig/free-port.ts';
import { makeKey, ownUser, type SshServer, startSshd } from '../../rig/sshd.ts';
import { type CliResult, Desk } from './run-cli.ts';

const entry = fileURLToPath(new URL('../../../electron/cli/main.ts', import.meta.url));
let desk: Desk;
let server: SshServer;
let lab = '';
let home = '';
let freeAt = 0;

beforeEach(async (context) => {
  requireTools(context, 'sshd', 'ssh-keygen');
  desk = new Desk();
  home = desk.path('operator');
  lab = desk.path('lab');
  mkdirSync(join(home, '.ssh'), { recursive: true });
  mkdirSync(join(lab, 'cluster'), { recursive: true });
  server = await startSshd(desk.path('sshd'));
  server.authorize(makeKey(join(home, '.ssh', 'id_ed25519')));
  freeAt = await freePort();
  nodes({ baobab: server.port });
});
afterEach(async () => {
  await server?.stop();
  desk?.remove();
});

function nodes(ports: Readonly<Record<string, number>>): void {
  const entries = Object.entries(ports).map(([name, port]) => [
    name,
    { hosts: { management: '127.0.0.1' }, ssh: { port, user: ownUser } },
  ]);
  writeFileSync(
    join(lab, 'cluster/madagascar.json'),
    JSON.stringify({ clusters: { madagascar: { nodes: Object.fromEntries(entries) } } }),
  );
}

function sifaka(...args: string[]): Promise<CliResult> {
  return desk.run(args, { lab, env: { HOME: home, USERPROFILE: home, SSH_AUTH_SOCK: '' } });
}

describe('sifaka nodes', () => {
  it('from the list to the first answer: list, compare, trust, check', async () => {
    const listed = await sifaka('nodes', 'list');
    expect(listed).toMatchObject({ code: 0, stderr: '' });
    expect(listed.stdout).toMatch(
      new RegExp(`baobab +${ownUser}@127\\.0\\.0\\.1:${server.port} +- +none yet`),
    );

    const early = await sifaka('nodes', 'check');
    expect(early.code).toBe(3);
    expect(early.stdout).toMatch(/baobab +NO: HOST_KEY_UNKNOWN/);
    expect(early.stdout).toContain('0 of 1 answered.');

    const uncompared = await sifaka('nodes', 'trust', 'baobab', '--json');
    expect(uncompared).toMatchObject({ code: 3, last: { code: 'HOST_KEY_UNKNOWN' } });
    const wrong = await sifaka('nodes', 'trust', 'baobab', '--fingerprint', `SHA256:${'b'.repeat(43)}`);
    expect(wrong.code).toBe(3);
    expect(wrong.stderr).toContain('Nothing was trusted.');

    const trusted = await sifaka('nodes', 'trust', 'baobab', '--fingerprint', server.fingerprint);
    expect(trusted).toMatchObject({ code: 0, stderr: '' });
    expect(trusted.stdout).toContain(`ssh-ed25519  ${server.fingerprint}`);
    expect(readFileSync(join(lab, 'CHANGELOG.md'), 'utf8')).toContain('Trusted the host key of baobab');

    const checked = await sifaka('nodes', 'check');
    expect(checked).toMatchObject({ code: 0, stderr: '' });
    expect(checked.stdout).toMatch(
      new RegExp(`baobab +yes +${ownUser} +\\S+ +\\S.* (\\d+ h|\\d+ min|\\d+ s)`),
    );
    expect(checked.stdout).toContain('1 of 1 answered.');
  });

  it('trusts the keys of a known_hosts file', async () => {
    const file = desk.path('known_hosts');
    writeFileSync(file, server.knownHosts);
    expect(await sifaka('nodes', 'trust', 'baobab', '--known-hosts', file, '--json')).toMatchObject({
      code: 0,
      last: { report: { changed: true, trusted: [{ fingerprint: server.fingerprint }] } },
    });
    const missing = await sifaka('nodes', 'trust', 'baobab', '--known-hosts', `${file}.gone`, '--json');
    expect(missing).toMatchObject({ code: 2, last: { code: 'INPUT_INVALID' } });
  });

  it('names a node that does not answer beside those that do, and exits with 1', async () => {
    nodes({ baobab: server.port, ebony: freeAt });
    const file = desk.path('known_hosts');
    writeFileSync(file, server.knownHosts);
    await sifaka('nodes', 'trust', 'baobab', '--known-hosts', file);
    const checked = await sifaka('nodes', 'check', '--json');
    expect(checked).toMatchObject({
      code: 1,
      last: {
        type: 'report',
        report: [
          { name: 'baobab', facts: { user: ownUser } },
          { name: 'ebony', problem: { code: 'SSH_UNREACHABLE' } },
        ],
      },
    });
    expect((await sifaka('nodes', 'check', 'ebony')).stdout).toMatch(
      /ebony +NO: SSH_UNREACHABLE[\s\S]*nothing listens at that port[\s\S]*0 of 1 answered/,
    );
    expect(await sifaka('nodes', 'check', 'nobody', '--json')).toMatchObject({
      code: 2,
      last: { code: 'NODE_UNKNOWN' },
    });
  });

  it('shows nothing of a server’s words that moves a terminal', async () => {
    await server.stop();
    server = await startSshd(desk.path('hostile'), {
      settings: [String.raw`ForceCommand printf '\033[2J\033]0;owned\007\302\233 no'; exit 1`],
    });
    server.authorize(readFileSync(join(home, '.ssh', 'id_ed25519.pub'), 'utf8'));
    nodes({ baobab: server.port });
    await sifaka('nodes', 'trust', 'baobab', '--fingerprint', server.fingerprint);
    const checked = await sifaka('nodes', 'check');
    expect(checked.code).toBe(1);
    expect(checked.stdout).toContain('SSH_COMMAND_FAILED');
    expect(checked.stdout).toContain('owned');
    expect(checked.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  it('on a terminal asks for what the console shows, and does not show it beforehand', async (context) => {
    requireTools(context, 'script');
    const trust = ['nodes', 'trust', 'baobab'];
    const refused = await onTerminal(trust, 'yes\r');
    expect(refused.code).toBe(3);
    expect(refused.beforeAnswer).not.toContain(server.fingerprint);
    expect(refused.beforeAnswer).toContain('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub');
    expect((await onTerminal(trust, `${server.fingerprint.slice(-11)}\r`)).code).toBe(3);
    expect((await onTerminal(trust, `${server.fingerprint.slice(-12)}\r`)).code).toBe(0);
    expect((await sifaka('nodes', 'check')).code).toBe(0);
  });
});

/** Runs the command on a terminal of its own, made by util-linux's script(1), and answers its question. */
function onTerminal(
  args: readonly string[],
  answer: string,
): Promise<{ code: number | null; beforeAnswer: string }> {
  const words = [process.execPath, entry, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  const child = spawn('script', ['-qefc', words.join(' '), '/dev/null'], {
    cwd: desk.folder,
    env: {
      ...process.env,
      SHELL: '/bin/sh',
      SIFAKA_HOME: desk.home,
      SIFAKA_LAB: lab,
      HOME: home,
      SSH_AUTH_SOCK: '',
    },
  });
  let screen = '';
  let beforeAnswer = '';
  child.stdout.on('data', (chunk) => {
    screen += String(chunk);
    if (beforeAnswer !== '' || !screen.includes('characters of it: ')) return;
    beforeAnswer = screen;
    child.stdin.write(answer);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, beforeAnswer }));
  });
}
