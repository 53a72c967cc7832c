import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { extractFile, listPackage, statFile } from '@electron/asar';

const execute = promisify(execFile);

export const root = resolve(import.meta.dirname, '../../..');

export interface PackedTree {
  readonly folder: string;
  readonly archive: string;
  /** Every file below resources but the archive: path there, with forward slashes. */
  readonly beside: readonly string[];
  /** Every file in the archive. */
  readonly inside: readonly string[];
  /** The content of either; `inside:` or `beside:` before its path. */
  read(name: string): Promise<Buffer>;
}

export interface Packages {
  readonly output: string;
  readonly said: string;
  readonly linux: PackedTree;
  readonly windows: PackedTree;
  readonly remove: () => Promise<void>;
}

/** Runs `npm run package:dir` for both systems, into a folder whose name a careless launcher would trip over. */
export async function makePackages(): Promise<Packages> {
  const folder = await mkdtemp(join(tmpdir(), 'sifaka-packages-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    return { ...(await packInto(join(folder, 'the packages'))), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function packInto(output: string): Promise<Omit<Packages, 'remove'>> {
  const script = join(root, 'scripts', 'package.mjs');
  const targets = ['--target', 'linux-x64', '--target', 'win-x64'];
  const how = ['--offline', '--format', 'dir', ...targets, '--output', output];
  const { stdout } = await execute(process.execPath, [script, ...how], {
    cwd: root,
    maxBuffer: 16 * 1024 * 1024,
  });
  return {
    output,
    said: stdout,
    linux: await lookInto(join(output, 'linux-unpacked')),
    windows: await lookInto(join(output, 'win-unpacked')),
  };
}

async function lookInto(folder: string): Promise<PackedTree> {
  const resources = join(folder, 'resources');
  const archive = join(resources, 'app.asar');
  const entries = await readdir(resources, { recursive: true, withFileTypes: true });
  const beside = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => path !== archive)
    .map((path) => path.slice(resources.length + 1).replaceAll('\\', '/'));
  const inside = listPackage(archive, { isPack: false })
    .map((path) => path.slice(1).replaceAll('\\', '/'))
    .filter((path) => !('files' in statFile(archive, path)));
  return {
    folder,
    archive,
    beside,
    inside,
    async read(name) {
      const [where, path] = [name.slice(0, name.indexOf(':')), name.slice(name.indexOf(':') + 1)];
      return where === 'inside' ? extractFile(archive, path) : readFile(join(resources, path));
    },
  };
}

/** All files of a tree, as `read` takes them. */
export function everyFile(tree: PackedTree): string[] {
  return [...tree.inside.map((path) => `inside:${path}`), ...tree.beside.map((path) => `beside:${path}`)];
}

/** The packages of a node_modules folder, as package-lock.json names them. */
export function packagesIn(files: readonly string[], folder: string): string[] {
  const found = new Set<string>();
  for (const file of files) {
    if (!file.startsWith(`${folder}node_modules/`)) continue;
    const path = /^(?:node_modules\/(?:@[^/]+\/)?[^/]+\/)+/.exec(file.slice(folder.length))?.[0];
    if (path !== undefined) found.add(path.slice(0, -1));
  }
  return [...found].toSorted();
}
