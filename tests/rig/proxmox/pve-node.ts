import { randomUUID } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import * as pve from './pve-files.ts';
import type { ProxmoxSettings } from './settings.ts';

/** The files of a node that has the stand-ins, whether it boots or not. */
export abstract class PveNode {
  abstract readonly name: string;

  /** Where a file of its disk is opened here, also while it is off; its /run, /tmp, /dev and /proc are not on the disk. */
  abstract path(file: string): string;

  exists(file: string): boolean {
    return existsSync(this.path(file));
  }

  readFile(file: string): string {
    return readFileSync(this.path(file), 'utf8');
  }

  readBytes(file: string): Buffer {
    return readFileSync(this.path(file));
  }

  writeFile(file: string, content: string | Uint8Array, mode = 0o644): void {
    mkdirSync(dirname(this.path(file)), { recursive: true });
    // Behind a link is what all nodes share, as the stand-ins themselves.
    if (lstatSync(this.path(file), { throwIfNoEntry: false })?.isSymbolicLink()) rmSync(this.path(file));
    writeFileSync(this.path(file), content, { mode });
  }

  list(folder: string): string[] {
    return existsSync(this.path(folder)) ? readdirSync(this.path(folder)).toSorted() : [];
  }

  /** Changes one byte of a file, as a disk that forgets does. */
  flipByte(file: string, offset: number): void {
    const bytes = this.readBytes(file);
    const at = offset < 0 ? bytes.length + offset : offset;
    bytes[at] = (bytes[at] ?? 0) ^ 0xff;
    writeFileSync(this.path(file), bytes);
  }

  /**
   * The same bytes under the name that an archive would have if it had been made then, by a clock in UTC; with its log and
   * notes. Answers its name.
   */
  copyArchive(file: string, moment: Date): string {
    const [, of = '', ending = ''] = /^(vzdump-\w+-\d+)-[\d_-]+(\..+)$/.exec(basename(file)) ?? [];
    const [day = '', time = ''] = moment.toISOString().slice(0, 19).split('T');
    const name = `${of}-${day.replaceAll('-', '_')}-${time.replaceAll(':', '_')}`;
    for (const [from, to] of besideArchive(file, `${dirname(file)}/${name}`, ending)) {
      if (!this.exists(from)) continue;
      copyFileSync(this.path(from), this.path(to));
      utimesSync(this.path(to), moment, moment);
    }
    return `${name}${ending}`;
  }

  /** With its log and notes. */
  removeArchive(file: string): void {
    const [, ending = ''] = /^vzdump-\w+-\d+-[\d_-]+(\..+)$/.exec(basename(file)) ?? [];
    for (const [from] of besideArchive(file, '', ending)) rmSync(this.path(from), { force: true });
  }

  /** From now on `date` there, and the names of archives, are wrong by so many seconds; nothing else is. */
  setClock(seconds: number): void {
    this.writeFile('/etc/rig-clock', `${seconds < 0 ? '' : '+'}${seconds}s\n`);
  }

  /** Another storage of its Proxmox cluster, as in storage.cfg: `addStorage('pbs', 'vault', { server: …, datastore: … })`. */
  addStorage(type: string, store: string, options: Readonly<Record<string, string>>): void {
    const lines = Object.entries(options).map(([key, value]) => `\t${key} ${value}`);
    const text = [`${type}: ${store}`, ...lines, ''].join('\n');
    appendFileSync(this.path('/etc/pve/storage.cfg'), `\n${text}`);
  }

  /** What a backup server of storage.cfg has: rows as `pvesh get …/content` gives them. */
  setPbsContent(store: string, rows: readonly Readonly<Record<string, unknown>>[]): void {
    this.writeFile(`/var/lib/pve-rig/cluster/pbs-${store}.json`, JSON.stringify(rows));
  }

  /** Pools of its Proxmox cluster and their guests. */
  setPools(pools: Readonly<Record<string, readonly number[]>>): void {
    const lines = Object.entries(pools).map(([pool, vmids]) => `pool:${pool}::${vmids.join(',')}::\n`);
    this.writeFile('/etc/pve/user.cfg', lines.join(''));
  }

  /** From now on backups and restores wait at this share of a guest's disks, until `release`. */
  hold(share = 0.5, more: Omit<ProxmoxSettings, 'holdAt'> = {}): void {
    this.#hold({ ...more, holdAt: share });
  }

  /**
   * From now on this command waits before it does anything, as in `pvesm free`, until `release`. Who waits already goes on, and
   * the next that comes is held.
   */
  holdBefore(command: string): void {
    this.#hold({ heldCommand: command });
  }

  #hold(settings: ProxmoxSettings): void {
    rmSync(this.path('/var/lib/pve-rig/held'), { force: true });
    this.settings(settings);
    // Last: who waits reads it and goes on, and what is started then has to find the settings.
    this.writeFile('/var/lib/pve-rig/hold', randomUUID());
  }

  /** Whether one waits there. */
  get isHeld(): boolean {
    return this.exists('/var/lib/pve-rig/hold') && this.exists('/var/lib/pve-rig/held');
  }

  release(): void {
    rmSync(this.path('/var/lib/pve-rig/hold'), { force: true });
    this.settings({});
  }

  settings(settings: ProxmoxSettings): void {
    pve.writeSettings((file) => this.path(file), settings);
  }

  addGuest(vmid: number, options: pve.GuestOptions = {}): void {
    pve.addGuest((file) => this.path(file), this.name, vmid, options);
  }

  removeGuest(vmid: number): void {
    pve.removeGuest((file) => this.path(file), this.name, vmid);
  }

  guests(): number[] {
    return pve.guestsOf((file) => this.path(file), this.name);
  }

  guestConfig(vmid: number): string | undefined {
    return pve.guestConfig((file) => this.path(file), this.name, vmid);
  }

  /** From now on the node has no such program, as `vma` where only pve-qemu's tools are missing, or all of Proxmox's. */
  removeProgram(...names: string[]): void {
    for (const name of names)
      for (const folder of ['bin', 'sbin']) rmSync(this.path(`/usr/${folder}/${name}`), { force: true });
  }
}

function besideArchive(file: string, to: string, ending: string): readonly (readonly [string, string])[] {
  const stem = file.slice(0, -ending.length);
  return [ending, `${ending}.notes`, '.log'].map((end) => [`${stem}${end}`, `${to}${end}`] as const);
}
