/**
 * `npm run notices`: writes THIRD-PARTY-NOTICES.md from the packages that are part of the app (dependencies and theirs, not
 * what only builds or tests it), with the licence text each one ships. `--check` fails when the file is not up to date in
 * its list of packages and licences.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './bootstrap.mjs';
import { bundledPackages } from './package/bundled-packages.mjs';

const file = join(root, 'THIRD-PARTY-NOTICES.md');

/** Licences that the Apache-2.0 licence of this project can be distributed with. */
const accepted = new Set(
  (
    'MIT MIT/X11 MIT-0 ISC 0BSD BSD-1-Clause BSD-2-Clause BSD-3-Clause Apache-2.0 BlueOak-1.0.0 Unlicense CC0-1.0 Zlib ' +
    'Python-2.0 MPL-2.0 WTFPL'
  ).split(' '),
);

/**
 * Packages that state no licence at all. Both are pulled in by parts of etcher-sdk that Sifaka does not import (its own gzip
 * and zip streams), and in no package (tests/integration/packages).
 */
const notDistributed = new Set(['@balena/node-crc-utils', 'buffers']);

const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
const packages = [];
for (const [path, entry] of Object.entries(lock.packages)) {
  const isForDevelopment = entry.dev === true || entry.devOptional === true;
  const isBundled = bundledPackages.has(path.replace('node_modules/', ''));
  if (path === '' || (isForDevelopment && !isBundled) || entry.optional === true) continue;
  const one = await describe(path);
  if (!notDistributed.has(one.name)) packages.push(one);
}
packages.sort((one, other) => `${one.name}@${one.version}`.localeCompare(`${other.name}@${other.version}`));

const refused = packages.filter((one) => !isAccepted(one.license));
if (refused.length > 0) {
  for (const one of refused)
    console.error(`${one.name} ${one.version}: licence ${one.license} is not on the accepted list`);
  process.exitCode = 1;
}

const text = [
  '# Third-party notices',
  '',
  'Sifaka is distributed with the packages below. This file is made by `npm run notices`.',
  '`ext2fs` contains libext2fs of e2fsprogs as a separate WebAssembly file (LGPL-2.0).',
  '',
  '| package | version | licence |',
  '| --- | --- | --- |',
  ...packages.map((one) => `| ${one.name} | ${one.version} | ${one.license} |`),
  '',
  ...licenceTexts().flatMap(([licence, names]) => [
    `## ${names.join(', ')}`,
    '',
    '```text',
    licence,
    '```',
    '',
  ]),
].join('\n');

if (process.argv.includes('--check')) {
  if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
    console.error('THIRD-PARTY-NOTICES.md is out of date: run npm run notices.');
    process.exitCode = 1;
  }
} else {
  await writeFile(file, text);
  console.log(`${packages.length} packages.`);
}

async function describe(path) {
  const folder = join(root, path);
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const names = await readdir(folder);
  const licenceFile = names.toSorted().find((name) => /^(licen[cs]e|copying)(\.|-|$)/i.test(name));
  return {
    name: manifest.name,
    version: manifest.version,
    license: manifest.license?.type ?? manifest.license ?? manifest.licenses?.[0]?.type ?? 'unknown',
    text:
      licenceFile === undefined
        ? ''
        : (await readFile(join(folder, licenceFile), 'utf8'))
            .trim()
            .replaceAll('```', "'''")
            .replaceAll('\r', ''),
  };
}

/** SPDX expressions as they occur: `(MIT OR GPL-3.0-or-later)` is fine when one side is. */
function isAccepted(expression) {
  const parts = expression.replaceAll(/[()]/g, '').split(/\s+OR\s+/i);
  return parts.some((part) => part.split(/\s+AND\s+/i).every((id) => accepted.has(id.trim())));
}

/** Each distinct text once, with the packages that ship it. */
function licenceTexts() {
  const texts = new Map();
  for (const { name, text: licence } of packages) {
    if (licence !== '') texts.set(licence, [...(texts.get(licence) ?? []), name]);
  }
  return [...texts];
}
