import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CliResult, Desk, RunningCli } from '../../integration/cli/run-cli.ts';
import type { Cluster } from '../cluster/start-cluster.ts';

/** One who deploys: a machine with a lab, whose clock can be set wrong while it deploys. */
export class Operator {
  readonly lab: string;
  readonly #desk: Desk;
  readonly #home: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #clock: string;

  constructor(desk: Desk, cluster: Cluster, name: string, lab: string) {
    this.#desk = desk;
    this.lab = lab;
    this.#home = desk.path(`home-${name}`);
    this.#clock = desk.path(`clock-${name}`);
    const library = clockLibrary();
    this.setClock(0);
    this.#environment = {
      ...cluster.environment,
      // Only the time of day is wrong: the clock that counts from the start is the kernel's, as on any machine.
      ...(library === undefined
        ? {}
        : {
            LD_PRELOAD: library,
            FAKETIME_TIMESTAMP_FILE: this.#clock,
            FAKETIME_NO_CACHE: '1',
            FAKETIME_DONT_FAKE_MONOTONIC: '1',
          }),
    };
  }

  /** Another machine with a copy of the lab. */
  static withCopy(desk: Desk, cluster: Cluster, name: string, of: Operator): Operator {
    const lab = desk.path(`lab-${name}`);
    cpSync(of.lab, lab, { recursive: true });
    return new Operator(desk, cluster, name, lab);
  }

  deploy(design: string, windowSeconds: number): RunningCli {
    return this.#start('deploy', design, '--window', String(windowSeconds));
  }

  converge(): Promise<CliResult> {
    return this.#start('converge').ended;
  }

  /** By so many seconds from now on. */
  setClock(seconds: number): void {
    writeFileSync(this.#clock, `${seconds < 0 ? '' : '+'}${seconds}\n`);
  }

  #start(...args: readonly string[]): RunningCli {
    const running = this.#desk.start(['bridge', ...args, '--yes', '--json'], {
      lab: this.lab,
      home: this.#home,
      env: this.#environment,
    });
    running.child.stdin.end();
    return running;
  }
}

/** Debian has it in a folder of the machine's architecture. */
export function clockLibrary(): string | undefined {
  for (const folder of readdirSync('/usr/lib')) {
    const parts = join('/usr/lib', folder, 'faketime');
    try {
      if (readdirSync(parts).includes('libfaketimeMT.so.1')) return join(parts, 'libfaketimeMT.so.1');
    } catch {
      // Not this one.
    }
  }
  return undefined;
}
