/**
 * What every entry (demo, start, test, sifaka) does first, on any Node from 20 on and with nothing installed: install the
 * packages, bring Node 24, build. Runs no install script but the `node` package's own, so that no compiler is needed.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Node 24, as the `node` package brings it. */
export const node24 = join(
  root,
  'node_modules',
  'node',
  'bin',
  process.platform === 'win32' ? 'node.exe' : 'node',
);

const installStamp = join(root, 'node_modules', '.sifaka-installed');
const buildStamp = join(root, 'out', '.built-from');

/** What the installed packages follow from. */
const manifests = ['package.json', 'package-lock.json', '.npmrc'];

/** What the built app is made of. */
const sources = [
  'electron',
  'renderer',
  'shared',
  'electron.vite.config.ts',
  'build/writer.vite.config.ts',
  'package.json',
  'tsconfig.json',
];

/** The app, then the elevated writer; `npm run build` is the same. */
const builders = [
  ['electron-vite/bin/electron-vite.js', 'build'],
  ['vite/bin/vite.js', 'build', '--config', 'build/writer.vite.config.ts'],
];

/** Installs and builds what is missing. `say` gets one line per thing that takes time. */
export async function prepare({ build = true, say = console.error } = {}) {
  if ((await isInstalled()) && (!build || (await isBuilt()))) return;
  await onlyOneAtATime(say, async () => {
    await installPackages(say);
    if (build) await buildApp(say);
  });
}

async function isInstalled() {
  return existsSync(node24) && (await readOrEmpty(installStamp)) === (await digestOf(manifests));
}

async function isBuilt() {
  return (await readOrEmpty(buildStamp)) === (await digestOf(sources));
}

/** Runs a program with the project's own tools first on the PATH; resolves to its exit code. */
export function run(command, args, options = {}) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: 'inherit',
      ...options,
      env: environment(options.env),
    });
    // The terminal sends Ctrl-C to the whole group: the child answers it, this process only waits.
    const pass = () => child.kill('SIGTERM');
    process.on('SIGINT', keepWaiting);
    process.on('SIGTERM', pass);
    child.on('error', fail);
    child.on('close', (code, signal) => {
      process.off('SIGINT', keepWaiting);
      process.off('SIGTERM', pass);
      done(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}

function keepWaiting() {}

function environment(extra) {
  const env = { ...process.env, ...extra };
  const key = Object.keys(env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  const own = [dirname(node24), join(root, 'node_modules', '.bin')];
  env[key] = [...own, env[key]].join(process.platform === 'win32' ? ';' : ':');
  return env;
}

async function installPackages(say) {
  if (await isInstalled()) return;
  say('Installing packages (about a minute) …');
  await npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  await npm(['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error']);
  if (!existsSync(node24)) throw new Error('Node 24 did not arrive with the `node` package.');
  // npm may have completed the lock file for this platform, so the digest is taken anew.
  await writeFile(installStamp, await digestOf(manifests));
}

async function buildApp(say) {
  if (await isBuilt()) return;
  const wanted = await digestOf(sources);
  say('Building …');
  for (const [builder, ...args] of builders) {
    const output = [];
    if ((await collect(node24, [join(root, 'node_modules', builder), ...args], output)) === 0) continue;
    throw new Error(
      `The app could not be built from this checkout. What the build said:\n${output.join('')}`,
    );
  }
  await writeFile(`${buildStamp}.new`, wanted);
  await rename(`${buildStamp}.new`, buildStamp);
}

/** npm as it was started, or the one on the PATH; its output is shown only when it fails. */
async function npm(args) {
  const output = [];
  const npmScript = process.env.npm_execpath;
  const own = npmScript !== undefined && /npm-cli\.[cm]?js$/.test(npmScript);
  const windows = process.platform === 'win32';
  const code = own
    ? await collect(process.execPath, [npmScript, ...args], output)
    : await collect(windows ? 'npm.cmd' : 'npm', args, output, { shell: windows });
  if (code !== 0) throw new Error(`npm ${args[0]} failed:\n${output.join('')}`);
}

function collect(command, args, output, options = {}) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: environment({ NO_COLOR: '1' }),
      ...options,
    });
    child.stdout.on('data', (chunk) => output.push(String(chunk)));
    child.stderr.on('data', (chunk) => output.push(String(chunk)));
    child.on('error', fail);
    child.on('close', (code) => done(code ?? 1));
  });
}

async function digestOf(names) {
  const hash = createHash('sha256');
  for (const name of names) await addToDigest(hash, name);
  return hash.digest('hex');
}

async function addToDigest(hash, name) {
  const path = join(root, name);
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) return;
  if (info.isDirectory()) {
    for (const child of (await readdir(path)).toSorted()) await addToDigest(hash, `${name}/${child}`);
    return;
  }
  hash.update(`${name}\0${info.size}\0`);
  hash.update(await readFile(path));
}

async function readOrEmpty(path) {
  return readFile(path, 'utf8').catch(() => '');
}

/** Two terminals may start at once in a fresh clone: the second waits for the first. */
async function onlyOneAtATime(say, work) {
  const lock = join(root, 'out', '.preparing');
  const own = `${lock}-${process.pid}`;
  await mkdir(join(root, 'out'), { recursive: true });
  // Linked into place, so that nobody ever finds the lock without its content and takes it for a dead one's.
  await writeFile(own, String(process.pid));
  try {
    for (let waiting = false; ; ) {
      try {
        await link(own, lock);
        break;
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
      }
      const holder = await readOrEmpty(lock);
      // Empty: it was released between the two looks, and may be another's by now.
      if (holder !== '' && !isRunning(Number(holder))) await rm(lock, { force: true });
      else {
        if (!waiting) say(`Waiting for the process ${holder} that prepares this checkout (${lock}) …`);
        waiting = true;
        await new Promise((wake) => setTimeout(wake, 200));
      }
    }
  } finally {
    await rm(own, { force: true });
  }
  try {
    await work();
  } finally {
    await rm(lock, { force: true });
  }
}

function isRunning(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
