/**
 * `npm run package [-- --target linux-x64 …]`: the installable packages, with everything they are made of; downloads
 * Electron, Node and electron-builder's tools. `--dir` (`npm run package:dir`) makes only the folders that would be packed,
 * and downloads nothing: where a binary is not on this machine, a placeholder stands in for it, and the output says so.
 *
 * `--target` can be given several times: linux-x64, linux-arm64, win-x64, win-arm64. Without one: all of this system, with
 * `--dir` all of them. `--output DIR` (dist) is emptied first. SIFAKA_UPDATE_URL turns the channel for updates on.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { prepare, root } from './bootstrap.mjs';

const everyTarget = ['linux-x64', 'linux-arm64', 'win-x64', 'win-arm64'];

const { values } = parseArgs({
  options: {
    dir: { type: 'boolean', default: false },
    target: { type: 'string', multiple: true },
    output: { type: 'string', default: 'dist' },
  },
});

try {
  const here = process.platform === 'win32' ? 'win-' : 'linux-';
  const targets = values.target ?? everyTarget.filter((one) => values.dir || one.startsWith(here));
  const unknown = targets.find((one) => !everyTarget.includes(one));
  if (unknown !== undefined) throw new Error(`${unknown} is not one of ${everyTarget.join(', ')}.`);
  await prepare();
  await makePackages(targets, emptyableFolder(values.output));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

async function makePackages(targets, output) {
  // They need the installed packages.
  const { writeChecksums } = await import('./package/checksums.mjs');
  const { writeBillOfMaterials } = await import('./package/bill-of-materials.mjs');
  const { assertFuses } = await import('./package/fuses.mjs');
  const { packTarget } = await import('./package/pack-target.mjs');
  await rm(output, { recursive: true, force: true });
  await mkdir(output, { recursive: true });
  const placeholders = [];
  for (const target of targets) {
    const [os, arch] = target.split('-');
    const packed = await packTarget({ os, arch, output, directoryOnly: values.dir });
    await assertFuses(packed.binary, packed.fuses);
    placeholders.push(...packed.placeholders.map((what) => `${target}: ${what}`));
  }
  const version = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')).version;
  for (const os of new Set(targets.map((target) => target.split('-')[0])))
    await writeBillOfMaterials(join(output, `Sifaka-${version}-${os}.cdx.json`));
  const files = await writeChecksums(output, { withFolders: values.dir });
  console.log(`\n${output}: ${files} files with their SHA-256 in SHA256SUMS.`);
  if (placeholders.length === 0) return;
  console.log('Placeholders, so that these do not start (their fuses were set in a wire of the same form):');
  for (const line of placeholders) console.log(`  · ${line}`);
}

/** What is emptied is a folder of packages, never the checkout, something above it or somebody else's files. */
function emptyableFolder(given) {
  const folder = resolve(root, given);
  const way = relative(folder, root);
  if (way === '' || !(way.startsWith('..') || isAbsolute(way)))
    throw new Error(`${folder} holds the checkout: choose another --output.`);
  if (folder !== join(root, 'dist') && existsSync(folder) && !existsSync(join(folder, 'SHA256SUMS')))
    throw new Error(`${folder} is there already, and not from an earlier run: choose another --output.`);
  return folder;
}
