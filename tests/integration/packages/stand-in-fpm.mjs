#!/usr/bin/env node
/**
 * In the place of fpm, which has to be downloaded: takes the same command line (fpm's documentation, "fpm -s dir"), and lays
 * the files out below `<package>.root` as the package would; the install scripts beside them. The package itself becomes a
 * JSON list of the arguments.
 */
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const args = process.argv.slice(2);
const valueOf = (option) => args[args.indexOf(option) + 1];
const output = valueOf('--package');
const files = join(`${output}.root`, 'files');

for (const [index, one] of args.entries()) {
  const [from, to] = one.split('=');
  if (to === undefined || !to.startsWith('/') || args[index - 1]?.startsWith('--')) continue;
  await mkdir(dirname(join(files, to)), { recursive: true });
  await cp(from, join(files, to), { recursive: true, preserveTimestamps: true });
}
for (const script of ['after-install', 'after-remove'])
  await cp(valueOf(`--${script}`), join(`${output}.root`, script));
await writeFile(output, JSON.stringify(args));
