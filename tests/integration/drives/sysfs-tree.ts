import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createDrives } from '../../../electron/services/drives/create-drives.ts';
import type { Drive } from '../../../shared/schemas/drive.ts';

type Attributes = Readonly<Record<string, string>>;

export interface FakeDrive {
  /** Folder of the hardware below `devices/`; none for a device that is only software. */
  readonly place?: string;
  /** Sectors of 512 bytes. */
  readonly sectors: number;
  readonly number: string;
  /** Attributes of the drive (`ro`, `removable`, `diskseq` …) and of its hardware, by path below it. */
  readonly attributes?: Attributes;
  readonly hardware?: Attributes;
  readonly partitions?: Readonly<Record<string, { readonly number: string; readonly sectors: number }>>;
  /** What lsblk says is on the drive or a partition of it. */
  readonly fileSystems?: Attributes;
}

/**
 * /sys and /proc of another machine, as files in a folder, laid out as the kernel does it (ABI/stable/sysfs-block,
 * proc(5)), with what lsblk would print for them.
 */
export class SysfsTree {
  readonly root: string;
  readonly #drives = new Map<string, FakeDrive>();

  constructor(root: string) {
    this.root = root;
  }

  static async make(): Promise<SysfsTree> {
    const tree = new SysfsTree(await mkdtemp(join(tmpdir(), 'sifaka-sysfs-')));
    await tree.write('sys/block/.keep', '');
    await rm(join(tree.root, 'sys/block/.keep'));
    await tree.mounts();
    return tree;
  }

  async write(path: string, text: string): Promise<void> {
    const file = join(this.root, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }

  async drive(name: string, drive: FakeDrive): Promise<void> {
    this.#drives.set(name, drive);
    const hardware = drive.place === undefined ? undefined : `sys/devices/${drive.place}`;
    const place = hardware === undefined ? `sys/devices/virtual/block/${name}` : `${hardware}/block/${name}`;
    const attributes = {
      dev: drive.number,
      size: String(drive.sectors),
      ro: '0',
      removable: '0',
      diskseq: '7',
      ...drive.attributes,
    };
    for (const [file, text] of Object.entries(attributes)) {
      if (text !== '') await this.write(`${place}/${file}`, `${text}\n`);
    }
    for (const [partition, { number, sectors }] of Object.entries(drive.partitions ?? {})) {
      const facts = {
        dev: number,
        size: String(sectors),
        ro: '0',
        partition: /\d+$/.exec(partition)?.[0] ?? '',
      };
      for (const [file, text] of Object.entries(facts)) {
        await this.write(`${place}/${partition}/${file}`, `${text}\n`);
      }
    }
    if (hardware !== undefined) {
      for (const [file, text] of Object.entries(drive.hardware ?? {})) {
        await this.write(join(hardware, file), `${text}\n`);
      }
      await symlink(join(this.root, hardware), join(this.root, place, 'device'));
    }
    await symlink(join(this.root, place), join(this.root, 'sys/block', name));
  }

  /** `above` is built on `below`: device mapper, RAID, bcache. */
  async builtOn(above: string, below: string): Promise<void> {
    await this.write(`sys/block/${above}/slaves/${below}`, '');
    const [whole] =
      [...this.#drives].find(([name, { partitions }]) => name === below || partitions?.[below]) ?? [];
    const place = whole === below ? below : `${whole}/${below}`;
    await this.write(`sys/block/${place}/holders/${above}`, '');
  }

  /** Lines of mountinfo from the device number on: `8:1 / / rw - ext4 /dev/sda1 rw`. */
  async mounts(...lines: readonly string[]): Promise<void> {
    await this.write('proc/self/mountinfo', lines.map((line, index) => `${index + 20} 1 ${line}\n`).join(''));
  }

  async swaps(...paths: readonly string[]): Promise<void> {
    const title = 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n';
    await this.write('proc/swaps', title + paths.map((path) => `${path} partition\t1\t0\t-2\n`).join(''));
  }

  /** The drives as Sifaka lists them, by name. */
  async list(protectedPaths: readonly string[] = []): Promise<Map<string, Drive>> {
    const drives = await createDrives({
      protectedPaths,
      platform: 'linux',
      linux: {
        sysRoot: join(this.root, 'sys'),
        procRoot: join(this.root, 'proc'),
        udevRoot: join(this.root, 'run/udev'),
        drivelist: () =>
          Promise.resolve(
            new Map(
              [...this.#drives].map(([name, drive]) => [
                `/dev/${name}`,
                { size: drive.sectors * 512, readOnly: drive.attributes?.['ro'] === '1', mountpoints: [] },
              ]),
            ),
          ),
        lsblk: () => Promise.resolve(this.#lsblk()),
        mountedSpace: () => Promise.resolve(undefined),
        signatures: () => Promise.resolve({ looked: new Set(), found: [] }),
      },
    }).list();
    return new Map(drives.map((drive) => [drive.path.replace('/dev/', ''), drive]));
  }

  remove(): Promise<void> {
    return rm(this.root, { recursive: true });
  }

  #lsblk(): string {
    const blockdevices = [...this.#drives].flatMap(([name, drive]) => [
      listed(name, drive.sectors, drive),
      Object.entries(drive.partitions ?? {}).map(([partition, { sectors }]) =>
        listed(partition, sectors, drive),
      ),
    ]);
    return JSON.stringify({ blockdevices: blockdevices.flat() });
  }
}

function listed(name: string, sectors: number, drive: FakeDrive): object {
  return {
    kname: `/dev/${name}`,
    size: sectors * 512,
    ro: drive.attributes?.['ro'] === '1',
    fstype: drive.fileSystems?.[name] ?? null,
    label: null,
    pttype: drive.partitions === undefined ? null : 'gpt',
    mountpoints: [null],
  };
}
