import { readFile } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { type ClientConfig, parseClientConfig } from './client-config.ts';

/** The operator's own SSH settings on this machine: what `ssh` would use. Nothing in a lab can name a file here. */
export interface SshAccount {
  readonly homeFolder: string;
  readonly userName: string;
  /** A socket, a named pipe of Windows, or `pageant`. */
  readonly agent: string | undefined;
  /** Read each time: it is edited while the app runs. */
  readConfig(): Promise<ClientConfig>;
}

/** Where Windows' own OpenSSH agent listens. */
const windowsAgent = String.raw`\\.\pipe\openssh-ssh-agent`;

const largestConfig = 1024 * 1024;

export function ownSshAccount(
  environment: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): SshAccount {
  const homeFolder = homedir();
  const named = environment['SSH_AUTH_SOCK'];
  return {
    homeFolder,
    userName: ownUserName(environment),
    agent: named || (platform === 'win32' ? windowsAgent : undefined),
    async readConfig() {
      const text = await readFile(join(homeFolder, '.ssh', 'config'), 'utf8').catch(() => '');
      return parseClientConfig(text.slice(0, largestConfig));
    },
  };
}

function ownUserName(environment: Readonly<Record<string, string | undefined>>): string {
  try {
    return userInfo().username;
  } catch {
    // A user that the system has no entry for.
    return environment['USER'] ?? environment['USERNAME'] ?? 'root';
  }
}
