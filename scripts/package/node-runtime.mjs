import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { node24, root } from '../bootstrap.mjs';
import { stageFolder } from './stage.mjs';

const execute = promisify(execFile);

/**
 * The npm packages with Node's own binaries, and the integrity of each as the registry states it. There is none for Windows
 * on ARM in this version: Windows runs the x64 one there.
 */
const pinned = JSON.parse(await readFile(join(root, 'build', 'node-runtimes.json'), 'utf8'));

/** Path of the Node for a target, fetched when it is not there yet. Refuses one with another content than the pinned one. */
export async function fetchNode({ os, arch }) {
  const { package: name, integrity, file } = pinned.targets[`${os}-${arch}`];
  const folder = join(root, 'out', 'package', 'node', `${name}-${pinned.version}`);
  const runtime = join(folder, 'package', ...file.split('/'));
  const proof = join(folder, 'integrity');
  if (existsSync(runtime) && (await readFile(proof, 'utf8').catch(() => '')) === integrity) return runtime;
  console.log(`Fetching ${name} ${pinned.version} …`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const archive = await pack(`${name}@${pinned.version}`, folder);
  const found = `sha512-${createHash('sha512')
    .update(await readFile(archive))
    .digest('base64')}`;
  if (found !== integrity)
    throw new Error(`${name} ${pinned.version} is another one than the pinned: ${found}`);
  // Linux and Windows (since 1803) both bring a tar that unpacks gzip. GNU's takes `C:` for another machine, so that the
  // archive goes by its name alone.
  await execute('tar', ['-xzf', basename(archive)], { cwd: folder });
  await rm(archive);
  await writeFile(proof, integrity);
  return runtime;
}

/** Without the network: this machine's own Node for its own kind, and an honest placeholder for any other. */
export async function nodeAtHand({ os, arch }) {
  const here = process.platform === 'win32' ? 'win' : process.platform;
  if (os === here && arch === process.arch) return { node: node24, placeholder: false };
  const node = join(root, stageFolder, `node-${os}-${arch}`);
  await mkdir(join(node, '..'), { recursive: true });
  await writeFile(node, `A placeholder: Node for ${os}-${arch} was not fetched.\n`, { mode: 0o755 });
  return { node, placeholder: true };
}

async function pack(specifier, folder) {
  const args = ['pack', specifier, '--pack-destination', folder, '--json', '--loglevel=error'];
  const npmScript = process.env.npm_execpath;
  const own = npmScript !== undefined && /npm-cli\.[cm]?js$/.test(npmScript);
  if (!own && process.platform === 'win32')
    throw new Error('On Windows this is started by npm: npm run package.');
  const { stdout } = own
    ? await execute(process.execPath, [npmScript, ...args], { cwd: root })
    : await execute('npm', args, { cwd: root });
  return join(folder, JSON.parse(stdout)[0].filename);
}
