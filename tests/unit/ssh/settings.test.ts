import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseClientConfig, settingsFor } from '../../../electron/services/ssh/client-config.ts';
import { Destinations } from '../../../electron/services/ssh/destination.ts';
import { matchesPattern } from '../../../electron/services/ssh/host-pattern.ts';
import { knownHostKeys } from '../../../electron/services/ssh/known-hosts.ts';
import { parseFacts } from '../../../electron/services/ssh/node-facts.ts';
import { ownSshAccount } from '../../../electron/services/ssh/ssh-account.ts';
import { Problem } from '../../../shared/problem.ts';
import type { ClusterNode } from '../../../shared/schemas/cluster.ts';

const settings = (text: string, ...names: string[]) => settingsFor(parseClientConfig(text), names);

function destinations(nodes: Record<string, ClusterNode>, config = ''): Destinations {
  const members = Object.entries(nodes).map(([name, node]) => ({ name, cluster: 'madagascar', node }));
  const account = {
    homeFolder: '/home/ana',
    userName: 'ana',
    agent: undefined,
    readConfig: async () => parseClientConfig(config),
  };
  return new Destinations(members, parseClientConfig(config), account);
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem) return error.code;
    throw error;
  }
  return 'none';
}

describe('~/.ssh/config', () => {
  it('gives the first value that is found, as OpenSSH does, and every identity file', () => {
    const text = `
User early
Host baobab tapia # the ring
  Port 2222
  IdentityFile ~/.ssh/one
Host *
  Port=22
  User late
  IdentityFile "~/.ssh/with blank"
  identitiesonly YES
`;
    expect(settings(text, 'baobab')).toMatchObject({
      user: 'early',
      port: 2222,
      identityFiles: ['~/.ssh/one', '~/.ssh/with blank'],
      identitiesOnly: true,
      remarks: [],
    });
    expect(settings(text, 'ebony')).toMatchObject({ port: 22, identityFiles: ['~/.ssh/with blank'] });
  });

  it('is matched by the name and by the address; an exclusion by either wins', () => {
    const text = 'Host 192.168.22.* !*.73\n  User root\n';
    expect(settings(text, 'baobab', '192.168.22.71').user).toBe('root');
    expect(settings(text, 'tapia', '192.168.22.73').user).toBeUndefined();
  });

  it('says what it does not read and what it does not use, and refuses what leads elsewhere', () => {
    const text =
      'Include other\nHost b\n  ProxyCommand nc %h %p\n  Ciphers x\n  ForwardAgent yes\nMatch all\n  User x\n';
    const found = settings(text, 'b');
    expect(found.remarks).toHaveLength(3);
    expect(found).toMatchObject({ unsupported: 'a ProxyCommand' });
    expect(found.user).toBeUndefined();
    expect(settings(text, 'c').unsupported).toBeUndefined();
    // The first of the two that is there counts.
    expect(settings(`ProxyJump j\n${text}`, 'b').unsupported).toBeUndefined();
    expect(settings('Port none\n', 'b')).toMatchObject({ remarks: [expect.stringContaining('no port')] });
  });

  it('is never an error, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400 }), fc.string({ maxLength: 20 }), (text, name) => {
        expect(settings(text, name).identityFiles).toBeInstanceOf(Array);
      }),
    );
  });
});

it('patterns with many stars take no time that grows with them', () => {
  expect(matchesPattern([`${'*a'.repeat(200)}b`], ['a'.repeat(250)])).toBe(false);
  expect(matchesPattern(['b?o*b'], ['Baobab'])).toBe(true);
});

describe('the way to a node', () => {
  it('is what the lab says, then what ~/.ssh/config says', () => {
    const config = 'Host baobab\n  HostName 10.0.0.9\n  User root\n  Port 2200\n';
    const nodes = {
      baobab: { hosts: { management: '192.168.22.71' }, wan: { address: '203.0.113.1/24' } },
      ebony: { wan: { address: '203.0.113.2/24' }, ssh: { user: 'sifaka', port: 22 } },
      tapia: { hosts: { management: 42 } },
    };
    const ways = destinations(nodes, `${config}Host tapia\n  HostName tapia.example\n`);
    expect(ways.toNode('baobab')).toMatchObject({ address: '192.168.22.71', user: 'root', port: 2200 });
    expect(ways.toNode('ebony')).toMatchObject({ address: '203.0.113.2', user: 'sifaka', port: 22 });
    expect(ways.toNode('tapia')).toMatchObject({ address: 'tapia.example', user: 'ana' });
    expect(codeOf(() => destinations(nodes).toNode('tapia'))).toBe('SSH_ADDRESS_MISSING');
    expect(codeOf(() => ways.toNode('constructor'))).toBe('NODE_UNKNOWN');
  });

  it.each([
    ['an address that is an option', { hosts: { management: '-oProxyCommand=x' } }, 'SSH_ADDRESS_MISSING'],
    [
      'a jump to itself',
      { hosts: { management: '10.0.0.1' }, ssh: { jump: 'baobab' } },
      'SSH_CONFIG_UNSUPPORTED',
    ],
    [
      'a jump that is none',
      { hosts: { management: '10.0.0.1' }, ssh: { jump: 'a b' } },
      'SSH_CONFIG_UNSUPPORTED',
    ],
    [
      'five jumps',
      { hosts: { management: '10.0.0.1' }, ssh: { jump: 'a,b,c,d,e' } },
      'SSH_CONFIG_UNSUPPORTED',
    ],
  ])('with %s is refused', (_what, node, code) => {
    expect(codeOf(() => destinations({ baobab: node }).toNode('baobab'))).toBe(code);
  });

  it('goes through the way of the first jump host, then through those that are named', () => {
    const config = 'Host a\n  ProxyJump root@before:2200\nHost b\n  ProxyJump never\n';
    const node = { hosts: { management: '10.0.0.1' }, ssh: { jump: 'a,ana@b' } };
    const { jumps } = destinations({ baobab: node }, config).toNode('baobab');
    expect(jumps.map(({ host, user, jumps: before }) => [host, user, before])).toEqual([
      ['[before]:2200', 'root', []],
      ['a', 'ana', []],
      ['b', 'ana', []],
    ]);
  });

  it('is not guessed where ~/.ssh/config runs a program, unless the lab says another way', () => {
    const config = 'ProxyCommand cloudflared access ssh\n';
    const node = { hosts: { management: '10.0.0.1' } };
    expect(codeOf(() => destinations({ baobab: node }, config).toNode('baobab'))).toBe(
      'SSH_CONFIG_UNSUPPORTED',
    );
    expect(
      codeOf(() => destinations({ baobab: { ...node, ssh: { jump: 'none' } } }, config).toNode('baobab')),
    ).toBe('none');
  });
});

it('known_hosts gives nothing for damaged lines, certificate authorities and foreign types', () => {
  const text = `host\n@cert-authority * ssh-ed25519 AAAA\nhost ssh-ed25519 AAAA\nhost ssh-dss AAAAB3NzaC1kc3M=\n#\n\n`;
  expect(knownHostKeys(text, ['host'])).toEqual([]);
});

it('an answer that is not the facts script’s is none', () => {
  expect(parseFacts(Buffer.from('root\0host\0'))).toBeUndefined();
  const release = `NAME=x\nPRETTY_NAME='It is "Debian"'\n`;
  expect(parseFacts(Buffer.from(`root\n\0h\n\0Linux 6\n\0${release}\0nonsense\0`))).toEqual({
    user: 'root',
    hostname: 'h',
    kernel: 'Linux 6',
    system: 'It is "Debian"',
  });
});

it('the agent is the one of the environment, and on Windows else the pipe of its OpenSSH', () => {
  expect(ownSshAccount({ SSH_AUTH_SOCK: '/run/agent' }, 'linux').agent).toBe('/run/agent');
  expect(ownSshAccount({}, 'linux').agent).toBeUndefined();
  expect(ownSshAccount({}, 'win32').agent).toBe(String.raw`\\.\pipe\openssh-ssh-agent`);
});
