import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from './free-port.ts';

export interface SshServer {
  readonly port: number;
  readonly folder: string;
  /** Its `host key` in OpenSSH's form: type and base64. */
  readonly hostKey: string;
  readonly fingerprint: string;
  /** A line of a known_hosts file. */
  readonly knownHosts: string;
  authorize(publicKey: string): void;
  stop(): Promise<void>;
}

/** Makes a key pair with ssh-keygen; answers the text of its public half. */
export function makeKey(file: string, ...parameters: string[]): string {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', file, ...parameters]);
  return readFileSync(`${file}.pub`, 'utf8');
}

/**
 * Debian's sshd on a loopback port, with everything it needs in one folder: it reads nothing of the machine's own
 * configuration. It lets in the user who runs it, by the keys given to `authorize`.
 */
export async function startSshd(
  folder: string,
  options: { readonly settings?: readonly string[]; readonly port?: number } = {},
): Promise<SshServer> {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
  // Root's sshd needs it to give up its rights in; Debian's service makes it when it starts.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const hostKeyFile = join(folder, 'host_key');
  const [type = '', base64 = ''] = makeKey(hostKeyFile).split(' ');
  const authorized = join(folder, 'authorized_keys');
  writeFileSync(authorized, '');
  const port = options.port ?? (await freePort());
  writeFileSync(
    join(folder, 'sshd_config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${hostKeyFile}`,
      `AuthorizedKeysFile ${authorized}`,
      'PidFile none',
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin prohibit-password',
      'AllowTcpForwarding yes',
      'MaxStartups 100:30:200',
      ...(options.settings ?? []),
      '',
    ].join('\n'),
  );
  const child = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', join(folder, 'sshd_config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await listening(child);
  const fingerprint =
    execFileSync('ssh-keygen', ['-lf', `${hostKeyFile}.pub`], { encoding: 'utf8' }).split(' ')[1] ?? '';
  return {
    port,
    folder,
    hostKey: `${type} ${base64}`,
    fingerprint,
    knownHosts: `[127.0.0.1]:${port} ${type} ${base64}\n`,
    authorize: (publicKey) => writeFileSync(authorized, publicKey, { flag: 'a' }),
    async stop() {
      // What a connection or a command left there is its child as long as it lives.
      const left = descendants(child.pid);
      await ended(child);
      for (const pid of left) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // It ended with the server.
        }
      }
    },
  };
}

export interface Agent {
  readonly socket: string;
  add(file: string): void;
  stop(): Promise<void>;
}

/** OpenSSH's ssh-agent, in the foreground and with a socket of its own. */
export async function startAgent(socket: string): Promise<Agent> {
  const child = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
  // It prints where it listens once it does.
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => reject(new Error('ssh-agent ended')));
    child.stdout.once('data', () => resolve());
  });
  return {
    socket,
    add: (file) =>
      execFileSync('ssh-add', ['-q', file], {
        env: { ...process.env, SSH_AUTH_SOCK: socket },
        stdio: 'ignore',
      }),
    stop: () => ended(child),
  };
}

export const ownUser = userInfo().username;

function descendants(root: number | undefined): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // The name of the program, in parentheses, may hold anything.
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8').replace(/^.*\) /s, '');
        return [{ pid: Number(name), parent: Number(stat.split(' ')[1]) }];
      } catch {
        return [];
      }
    });
  const below = (pid: number): number[] =>
    parents.filter(({ parent }) => parent === pid).flatMap((child) => below(child.pid).concat(child.pid));
  return root === undefined ? [] : below(root);
}

function listening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`sshd ended: ${said.join('\n')}`)));
    if (!child.stderr) throw new Error('sshd has no stderr');
    createInterface({ input: child.stderr }).on('line', (line) => {
      said.push(line);
      if (line.startsWith('Server listening on')) resolve();
    });
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await gone;
}
