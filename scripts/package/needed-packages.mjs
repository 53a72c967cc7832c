import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { root } from '../bootstrap.mjs';

/**
 * The installed packages that the built main process and command load, and what those need in turn, as paths below the
 * checkout (`node_modules/a`, `node_modules/a/node_modules/b`). Most production dependencies are not among them: the page
 * and the elevated writer carry theirs within themselves. `builtFiles` is a folder of built JavaScript.
 */
export async function neededPackages(builtFiles) {
  const { dependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const built = await sourceText(builtFiles);
  const needed = new Set();
  for (const name of Object.keys(dependencies))
    if (isLoadedBy(built, name)) await addPackage(needed, name, root);
  return [...needed];
}

/**
 * Whether it is imported, required or resolved, itself or a file of it. The name alone would not do: package.json, with every
 * dependency in it, is a part of what is built.
 */
function isLoadedBy(text, name) {
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
  const loading = String.raw`(?:\bfrom|\bimport|\brequire\w*|\.resolve)\s*\(?\s*`;
  return new RegExp(`${loading}["'\`]${escaped}(/[^"'\`\\s]*)?["'\`]`).test(text);
}

async function addPackage(needed, name, from) {
  const folder = installedFolder(name, from);
  if (folder === undefined) return false;
  const path = folder.slice(root.length + 1).replaceAll(sep, '/');
  if (needed.has(path)) return true;
  needed.add(path);
  const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
    await readFile(join(folder, 'package.json'), 'utf8'),
  );
  for (const one of Object.keys({ ...dependencies, ...optionalDependencies })) {
    if (buildsOnly.has(one)) continue;
    if (!(await addPackage(needed, one, folder)) && !(one in optionalDependencies))
      throw new Error(`${path} needs ${one}, which is not installed.`);
  }
  return true;
}

/** What packages name as dependencies, but only their own compilation or types need, which does not happen here. */
const buildsOnly = new Set(['node-addon-api', 'prebuild-install', 'node-gyp', 'type-fest']);

/** As Node looks for it: in the node_modules of each folder on the way up. */
function installedFolder(name, from) {
  for (let folder = from; folder.length >= root.length; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
  }
  return undefined;
}

async function sourceText(folder) {
  let text = '';
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile() && entry.name.endsWith('.js'))
      text += await readFile(join(entry.parentPath, entry.name), 'utf8');
  return text;
}
