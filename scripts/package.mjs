/**
 * `npm run package`: the installable packages, with everything they are made of; downloads Electron, Node and
 * electron-builder's tools.
 *
 *     --target T    linux-x64, linux-arm64, win-x64, win-arm64; again for more. All of this system's, if there is none.
 *     --format F    of those in electron-builder.yml only this one, as in deb; again for more. `dir` is the unpacked folder.
 *     --offline     downloads neither Electron nor Node: where they are not on this machine, a placeholder stands in for
 *                   them, and the output says so
 *     --output DIR  dist; is emptied first
 *
 * `npm run package:dir` is `--offline --format dir`, for all targets. SIFAKA_HOMEPAGE is the address that deb and rpm name,
 * if the checkout's origin is none. SIFAKA_UPDATE_URL turns the channel for updates on.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { prepare, root } from './bootstrap.mjs';

const everyTarget = ['linux-x64', 'linux-arm64', 'win-x64', 'win-arm64'];

const { values } = parseArgs({
  options: {
    target: { type: 'string', multiple: true },
    format: { type: 'string', multiple: true },
    offline: { type: 'boolean', default: false },
    output: { type: 'string', default: 'dist' },
  },
});

try {
  const here = process.platform === 'win32' ? 'win-' : 'linux-';
  const targets = values.target ?? everyTarget.filter((one) => values.offline || one.startsWith(here));
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
  const { stageFolder } = await import('./package/stage.mjs');
  await rm(output, { recursive: true, force: true });
  await mkdir(output, { recursive: true });
  // What makes the folder ours, also when this run does not come to its end.
  await writeFile(join(output, 'SHA256SUMS'), '');
  const placeholders = [];
  process.env.SIFAKA_STAGE = stageFolder;
  try {
    for (const target of targets) {
      const [os, arch] = target.split('-');
      const { format, offline } = values;
      const packed = await packTarget({ os, arch, output, formats: format, offline });
      await assertFuses(packed.binary, packed.fuses);
      placeholders.push(...packed.placeholders.map((what) => `${target}: ${what}`));
    }
  } finally {
    await rm(join(root, stageFolder), { recursive: true, force: true });
  }
  const version = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')).version;
  for (const os of new Set(targets.map((target) => target.split('-')[0])))
    await writeBillOfMaterials(join(output, `Sifaka-${version}-${os}.cdx.json`));
  const files = await writeChecksums(output, { withFolders: values.format?.includes('dir') === true });
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
