/**
 * `npm start [-- --lab DIR]`: the app. In Electron where its binary is here or can be fetched and a window can be opened,
 * else the same app in the browser through the local host. Without --lab or SIFAKA_LAB: the demo lab, made on first start.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { node24, prepare, root, run } from './bootstrap.mjs';

const cli = join(root, 'out', 'main', 'cli.js');
const electronPackage = join(root, 'node_modules', 'electron');

async function electronBinary() {
  const relative = await readFile(join(electronPackage, 'path.txt'), 'utf8').catch(() => undefined);
  if (relative === undefined) return undefined;
  const path = join(electronPackage, 'dist', relative);
  return existsSync(path) ? path : undefined;
}

/** Why a window cannot be opened here, in words; undefined when it can. */
function windowObstacle() {
  if (process.platform !== 'linux') return undefined;
  if (process.getuid?.() === 0) return 'Electron windows are not run as root';
  if (!process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return 'there is no display';
  return undefined;
}

async function fetchElectron() {
  await run(node24, [join(electronPackage, 'install.js')], {
    stdio: 'ignore',
    signal: AbortSignal.timeout(120_000),
  }).catch(() => 1);
  return electronBinary();
}

async function labArguments(given) {
  const named = given.some((argument) => argument === '--lab' || argument.startsWith('--lab='));
  if (named || process.env.SIFAKA_LAB) return { args: given, env: {} };
  const lab = join(root, 'out', 'demo', 'lab');
  const env = { SIFAKA_HOME: join(root, 'out', 'demo', 'home') };
  if (!existsSync(lab))
    await run(node24, [cli, 'lab', 'demo', lab], { env, stdio: ['inherit', 'ignore', 'inherit'] });
  return { args: ['--lab', lab, ...given], env };
}

try {
  await prepare();
  const { args, env } = await labArguments(process.argv.slice(2));
  const obstacle = windowObstacle();
  const binary = obstacle === undefined ? ((await electronBinary()) ?? (await fetchElectron())) : undefined;
  if (binary !== undefined) {
    process.exitCode = await run(binary, [root, ...args], { env });
  } else {
    console.error(
      `Opening Sifaka in the browser: ${obstacle ?? "Electron's binary is not here and could not be fetched"}.`,
    );
    process.exitCode = await run(node24, [cli, ...args, 'serve', '--open'], { env });
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
