import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Architecture } from './architecture.ts';

/** The network the machine's second card is in; QEMU itself is the gateway, and lets nothing out. */
export const virtualGateway = '192.168.76.1';

interface MachineOptions {
  readonly architecture: Architecture;
  /** The card: a block device or a raw file, which the machine's firmware boots from. */
  readonly card: string;
  /** The node's address: QEMU forwards to it what comes for ssh. */
  readonly address: string;
  /** A raw file that is the second disk: from the start, or when `plugIn` is called. */
  readonly disk?: { readonly file: string; readonly present: boolean };
  /** A file that gets what the system says on its serial console. */
  readonly console: string;
}

/**
 * A machine in QEMU, emulated (no KVM), that nothing but ssh from this machine reaches. It ends with `kill`, by itself when its
 * system powers off, and at the latest with the process that started it.
 */
export class VirtualMachine {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #console: string;
  readonly #answers: ((answer: Record<string, unknown>) => void)[] = [];
  readonly #ended: Promise<void>;
  #errors = '';
  #poweredOff = false;

  constructor(options: MachineOptions) {
    this.#console = options.console;
    // setpriv: QEMU dies with this process, whatever kills it.
    const command = ['--pdeathsig', 'KILL', ...options.architecture.machine, ...devices(options)];
    this.#child = spawn('setpriv', command, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stdin.on('error', () => undefined);
    this.#child.stderr.on('data', (chunk) => (this.#errors += String(chunk)));
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#hear(line));
    this.#ended = new Promise((done) => {
      this.#child.on('error', (error) => (this.#errors += error.message));
      this.#child.on('close', () => {
        for (const answer of this.#answers.splice(0)) answer({ error: { desc: 'QEMU ended' } });
        done();
      });
    });
  }

  /** The port on 127.0.0.1 that leads to the node's port 22. The kernel chose it, so that no two runs want the same one. */
  async sshPort(): Promise<number> {
    await this.#ask('qmp_capabilities');
    const network = String(await this.#ask('human-monitor-command', { 'command-line': 'info usernet' }));
    const port = /TCP\[HOST_FORWARD\]\s+\d+\s+127\.0\.0\.1\s+(\d+)/.exec(network)?.[1];
    if (port === undefined) throw new Error(`QEMU forwards no port: ${network}`);
    return Number(port);
  }

  /** Plugs the disk in while the machine runs. */
  async plugIn(): Promise<void> {
    await this.#ask('device_add', { driver: 'virtio-blk-pci', drive: 'disk', id: 'late-disk', addr: '0x8' });
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves when the system in it has powered the machine off; otherwise throws after `seconds`. */
  async poweredOff(seconds: number): Promise<void> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), seconds * 1000);
    await this.#ended;
    clearTimeout(timer);
    if (!this.#poweredOff) throw new Error(`The system did not power its machine off.\n${this.report()}`);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** What QEMU complained of, and the end of what the system said on its serial console. */
  report(): string {
    const text = existsSync(this.#console) ? readFileSync(this.#console, 'latin1') : '';
    // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal escapes are what is removed
    const lines = text.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, '').split(/\r?\n/);
    return [
      `${this.#errors}── the last lines of the serial console`,
      ...(text === '' ? ['It said nothing.'] : []),
      ...lines.slice(-60).map((line) => line.replaceAll(/[^\x20-\x7e]/g, '?')),
    ].join('\n');
  }

  #hear(line: string): void {
    const message = JSON.parse(line) as Record<string, unknown>;
    if (message['event'] === 'SHUTDOWN') {
      const { reason } = message['data'] as { reason?: string };
      this.#poweredOff = reason === 'guest-shutdown';
    }
    if ('return' in message || 'error' in message) this.#answers.shift()?.(message);
  }

  /** One command of the QEMU Machine Protocol (QEMU's docs/interop/qmp-spec); answers come in the order of the questions. */
  async #ask(execute: string, argumentsOf: Record<string, unknown> = {}): Promise<unknown> {
    const answer = await new Promise<Record<string, unknown>>((resolve) => {
      this.#answers.push(resolve);
      this.#child.stdin.write(`${JSON.stringify({ execute, arguments: argumentsOf })}\n`);
    });
    if ('error' in answer) throw new Error(`QEMU: ${JSON.stringify(answer['error'])}\n${this.report()}`);
    return answer['return'];
  }
}

function devices({ card, address, disk, console }: MachineOptions): string[] {
  const gateway = virtualGateway;
  const lan = `user,id=lan,net=${gateway}/24,host=${gateway},restrict=on,hostfwd=tcp:127.0.0.1:0-${address}:22`;
  const options = [
    ['-display', 'none'],
    ['-qmp', 'stdio'],
    ['-serial', `file:${console}`],
    ['-accel', 'tcg,thread=multi'],
    ['-smp', '2'],
    ['-object', 'rng-random,id=random,filename=/dev/urandom'],
    ['-device', 'virtio-rng-pci,rng=random,addr=0x9'],
    ['-drive', `file=${card},format=raw,if=none,id=card`],
    ['-device', 'virtio-blk-pci,drive=card,addr=0x3,bootindex=0'],
    ...(disk ? [['-drive', `file=${disk.file},format=raw,if=none,id=disk`]] : []),
    ...(disk?.present ? [['-device', 'virtio-blk-pci,drive=disk,addr=0x8']] : []),
    // A network card that the inventory does not name: it must stay without an address.
    ['-netdev', 'hubport,id=other,hubid=1'],
    ['-device', 'virtio-net-pci,netdev=other,addr=0x4,romfile='],
    ['-netdev', lan],
    ['-device', 'virtio-net-pci,netdev=lan,addr=0x5,romfile='],
  ];
  return ['-nodefaults', '-no-user-config', '-no-reboot', ...options.flat()];
}
