import { chmod, copyFile, cp, link, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { root } from '../bootstrap.mjs';
import { neededPackages } from './needed-packages.mjs';
import { isShipped } from './shipped-file.mjs';

/**
 * The folder of this run, from the checkout, with forward slashes: two runs at once do not take each other's files away.
 * electron-builder.yml finds it in the environment.
 */
export const stageFolder = `out/package/run-${process.pid}`;

/**
 * Lays out what electron-builder.yml takes for one target, below <stageFolder>/<os>-<arch>, where `os` is linux or win:
 *
 *     app/node_modules     the packages that the main process loads, for the archive
 *     beside/writer        the elevated writer and a plain Node, which also runs the command
 *     beside/cli           the `sifaka` and `ha-sync` commands: what is built, their packages and resources, as plain files
 *
 * `node` is the path of the target's Node. Expects a finished build in `out`.
 */
export async function stage({ os, arch, node }) {
  const target = join(root, stageFolder, `${os}-${arch}`);
  await rm(target, { recursive: true, force: true });
  const packages = await neededPackages(join(root, 'out', 'main'));
  await copyPackages(packages, join(target, 'app'));
  await stageWriter({ os, node, folder: join(target, 'beside', 'writer') });
  await stageCommand({ os, packages, folder: join(target, 'beside', 'cli') });
}

async function stageWriter({ os, node, folder }) {
  await mkdir(folder, { recursive: true });
  await copyFile(join(root, 'out', 'writer', 'writer.mjs'), join(folder, 'writer.mjs'));
  await chmod(join(folder, 'writer.mjs'), 0o644);
  const runtime = join(folder, os === 'win' ? 'node.exe' : 'node');
  // 120 MB: linked, where that can be.
  await link(node, runtime).catch(() => copyFile(node, runtime));
  if (os !== 'linux') return;
  await copyFile(join(root, 'resources', 'polkit', 'sifaka-writer'), join(folder, 'sifaka-writer'));
  await chmod(join(folder, 'sifaka-writer'), 0o755);
}

async function stageCommand({ os, packages, folder }) {
  const built = join(folder, 'out', 'main');
  // Electron's own entry is of no use to a plain Node.
  await cp(join(root, 'out', 'main'), built, {
    recursive: true,
    filter: (path) => path !== join(root, 'out', 'main', 'main.js') && !path.endsWith('.map'),
  });
  // The page, for `sifaka serve`; the writer, for drives that the operator may write to without more rights.
  for (const part of ['renderer', 'writer'])
    await cp(join(root, 'out', part), join(folder, 'out', part), {
      recursive: true,
      filter: (path) => !path.endsWith('.map'),
    });
  for (const part of ['backups', 'bridge', 'demo-lab', 'node-deploy', 'schemas'])
    await cp(join(root, 'resources', part), join(folder, 'resources', part), { recursive: true });
  // Without it the built files would be CommonJS.
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }\n');
  await copyPackages(packages, folder);
  // The installer runs it.
  if (os === 'win') await copyFile(join(root, 'build', 'windows', 'path.ps1'), join(folder, 'path.ps1'));
  for (const [command, file] of Object.entries(commands)) {
    const launcher = join(folder, os === 'win' ? `${command}.cmd` : command);
    await writeFile(launcher, os === 'win' ? windowsLauncher(command, file) : linuxLauncher(command, file));
    await chmod(launcher, 0o755);
  }
}

/** The commands, and what is built for each. */
const commands = { sifaka: 'cli.js', 'ha-sync': 'ha-sync.js' };

const linuxLauncher = (command, file) => `#!/bin/sh
# The ${command} command: the Node that came with the app, on the command's own files.
set -eu
here=$(dirname "$(readlink -f "$0")")
exec "$here/../writer/node" "$here/out/main/${file}" "$@"
`;

const windowsLauncher = (command, file) =>
  `@rem The ${command} command: the Node that came with the app, on the command's own files.\r\n` +
  `@"%~dp0..\\writer\\node.exe" "%~dp0out\\main\\${file}" %*\r\n`;

async function copyPackages(packages, folder) {
  for (const path of packages) {
    const from = join(root, path);
    const entries = await readdir(from, { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      if (!entry.isFile()) continue;
      const file = join(entry.parentPath, entry.name);
      const inside = file.slice(from.length + 1).replaceAll('\\', '/');
      // What lies in a package's own node_modules is on the list itself, if it is needed.
      if (inside.startsWith('node_modules/') || !isShipped(inside)) continue;
      const to = join(folder, path, inside);
      await mkdir(dirname(to), { recursive: true });
      await copyFile(file, to);
      await chmod(to, 0o644);
    }
  }
}
