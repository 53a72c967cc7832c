import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VirtualMachine } from './virtual-machine.ts';

export interface Answer {
  /** Exit status of the command. */
  readonly status: number;
  /** What it wrote to both streams, without the newline at the end. */
  readonly text: string;
}

interface NodeOptions {
  readonly machine: VirtualMachine;
  readonly port: number;
  readonly user: string;
  /** The private key that may log in. */
  readonly keyFile: string;
  /** The only host key that is accepted, as in `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
  readonly folder: string;
}

/** A booted node, asked with the real ssh client, which refuses a node with another host key. */
export class NodeShell {
  readonly #options: NodeOptions;
  readonly #knownHosts: string;

  constructor(options: NodeOptions) {
    this.#options = options;
    this.#knownHosts = join(options.folder, 'known_hosts');
    writeFileSync(this.#knownHosts, `node ${options.hostKey}\n`);
  }

  /** Resolves when the node lets its operator in. Throws, with the console's end, after `seconds` or when it is gone. */
  async reachable(seconds: number): Promise<void> {
    const until = Date.now() + seconds * 1000;
    for (let said = ''; ; ) {
      const { machine } = this.#options;
      if (!machine.isRunning || Date.now() > until) {
        throw new Error(`The node was not reached: ${said}\n${machine.report()}`);
      }
      const { status, text } = await this.#ssh('true');
      if (status === 0) return;
      // A node that is there and is not ours, or does not let us in, will not change its mind.
      if (/verification failed|Permission denied/.test(text)) {
        throw new Error(`The node refused, or is another: ${text}\n${machine.report()}`);
      }
      said = text;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  /** Runs all commands in one login, each in a shell of its own. */
  async ask<Question extends string>(
    questions: Readonly<Record<Question, string>>,
  ): Promise<Record<Question, Answer>> {
    const mark = randomBytes(8).toString('hex');
    const names = Object.keys(questions) as Question[];
    const script = names.map((name) => {
      const quoted = questions[name].replaceAll("'", String.raw`'\''`);
      return `sh -c '${quoted}' </dev/null 2>&1; printf '\\n${mark} %s\\n' "$?"`;
    });
    const { text } = await this.#ssh('sh -s', `${script.join('\n')}\n`);
    const parts = text.split(new RegExp(`\\n?${mark} (\\d+)\\n?`));
    if (parts.length !== names.length * 2 + 1) {
      throw new Error(`The node did not answer: ${text}\n${this.#options.machine.report()}`);
    }
    const answers = names.map((name, index) => {
      const answer = { text: (parts[index * 2] ?? '').trimEnd(), status: Number(parts[index * 2 + 1]) };
      return [name, answer] as const;
    });
    return Object.fromEntries(answers) as Record<Question, Answer>;
  }

  /** Powers the node off as its operator would. The connection may or may not live to hear of it. */
  async powerOff(seconds: number): Promise<void> {
    await this.#ssh('sudo systemctl poweroff');
    await this.#options.machine.poweredOff(seconds);
  }

  #ssh(command: string, input = ''): Promise<Answer> {
    const { port, user, keyFile } = this.#options;
    const settings = {
      BatchMode: 'yes',
      ConnectTimeout: '10',
      GlobalKnownHostsFile: '/dev/null',
      HostKeyAlias: 'node',
      IdentitiesOnly: 'yes',
      IdentityAgent: 'none',
      LogLevel: 'ERROR',
      ServerAliveInterval: '30',
      StrictHostKeyChecking: 'yes',
      UserKnownHostsFile: this.#knownHosts,
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    const where = ['-p', String(port), '-i', keyFile, `${user}@127.0.0.1`];
    const child = spawn('ssh', ['-F', 'none', '-T', ...options, ...where, command]);
    let text = '';
    child.stdout.on('data', (chunk) => (text += String(chunk)));
    child.stderr.on('data', (chunk) => (text += String(chunk)));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (status) => resolve({ status: status ?? -1, text }));
    });
  }
}
