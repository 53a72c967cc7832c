import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { systemClock } from '../../../electron/services/clock.ts';
import { type LabFolderOptions, openLabFolder } from '../../../electron/services/lab/open-lab-folder.ts';
import type { LabFolder } from '../../../electron/services/lab/lab-folder.ts';
import { Problem, type ProblemRecord } from '../../../shared/problem.ts';

export const inventory = `# The lab's machines.
schema: sifaka.inventory/1
images:
  debian:
    file: metis/images/debian.img.zst
    sha256: ${'a'.repeat(64)}   # as published
    rootPartition: 2
classes:
  storage:
    image: debian
    networkRenderer: netplan
nodes:
  # The node with the disks.
  titan-13:
    class: storage
    description: 'two disks'
    network: {interface: eth0, addresses: [192.168.22.41/24]}
    hooks:
      - {source: metis/hooks/motd, target: /etc/motd}
`;

export const cluster = `{
  "comment": "shared with other tools",
  "clusters": {
    "madagascar": {
      "nodes": {
        "baobab": { "hosts": { "management": "192.168.22.71" }, "rack": 12345678901234567890 }
      }
    }
  }
}
`;

/** A lab that is right, in full. */
export const wholeLab = {
  'metis/inventory.yaml': inventory,
  'metis/hooks/motd': 'hello\n',
  'cluster/madagascar.json': cluster,
};

export interface TestLab {
  /** Below the folder that is removed: what lies beside the lab is outside it. */
  readonly folder: string;
  readonly root: string;
  open(options?: Partial<LabFolderOptions>): Promise<LabFolder>;
  read(file: string): Promise<string>;
  write(file: string, content: string | Uint8Array): Promise<void>;
}

/** A lab in a folder of its own, for as long as `run` takes. */
export async function withLab(
  files: Readonly<Record<string, string | Uint8Array>>,
  run: (lab: TestLab) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sifaka-lab-test-'));
  const root = join(folder, 'lab');
  const lab: TestLab = {
    folder,
    root,
    open: (options) => openLabFolder({ root, clock: systemClock, ...options }),
    read: (file) => readFile(join(root, file), 'utf8'),
    write: async (file, content) => {
      await mkdir(dirname(join(root, file)), { recursive: true });
      await writeFile(join(root, file), content);
    },
  };
  try {
    await mkdir(root);
    for (const [file, content] of Object.entries(files)) await lab.write(file, content);
    await run(lab);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The problem a promise fails with; anything else is an error of the test. */
export async function problemOf(promise: Promise<unknown>): Promise<ProblemRecord> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Problem) return error.toRecord();
    throw error;
  }
  throw new Error('expected a problem, and it worked');
}
