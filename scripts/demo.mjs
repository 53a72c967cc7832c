/**
 * `npm run demo`: the main jobs, unattended, on the bundled demo lab: a card onto a virtual drive, and two small folders that
 * become the same. Everything stays below out/demo.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDemoPair } from './demo-pair.mjs';
import { node24, prepare, root, run } from './bootstrap.mjs';

const demo = join(root, 'out', 'demo');
const lab = join(demo, 'lab');
const env = { SIFAKA_HOME: join(demo, 'home') };
const node = 'titan-13';
const drive = 'virtual:demo-sd';

async function sifaka(...args) {
  console.log(`\n$ sifaka ${args.join(' ').replaceAll(`${root}/`, '')}`);
  const code = await run(node24, [join(root, 'out', 'main', 'cli.js'), ...args], { env });
  if (code !== 0) process.exit(code);
}

try {
  await prepare();
  await rm(demo, { recursive: true, force: true });
  console.log(`Sifaka demo: the recovery card of ${node}, from the bundled demo lab, onto a virtual drive.`);
  await sifaka('lab', 'demo', lab);
  await sifaka('drives', 'create', 'demo-sd', '--size', '128MiB');
  await sifaka('--lab', lab, 'card', 'burn', node, '--drive', drive, '--yes');
  await sifaka('--lab', lab, 'card', 'verify', node, '--drive', drive);
  console.log('\nTwo folders, of which each has what the other lacks: one pass each way, the newest wins.');
  const { dell, hp, logFolder } = await makeDemoPair({ lab, folder: join(demo, 'sync') });
  const pair = ['--pair', 'media', '--log-dir', logFolder];
  await sifaka('sync', 'init', '--src', dell, '--dest', hp, '--pair', 'media');
  await sifaka('sync', 'run', '--src', dell, '--dest', hp, '--direction', 'dell-to-hp', ...pair);
  await sifaka('sync', 'run', '--src', hp, '--dest', dell, '--direction', 'hp-to-dell', ...pair);
  console.log(`\nThe card is in ${join(demo, 'home')}. Next: npm start opens the same lab as an app.`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
