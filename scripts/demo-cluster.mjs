/**
 * `npm run demo:cluster`: the demo lab on three nodes that really boot, on this machine and without a way out of it. As
 * root on Linux. In another terminal, with words after `--`: what `demo-cluster-desk.ts` says of cables and nodes.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { node24, prepare, root, run } from './bootstrap.mjs';

/** What the nodes are made with, by program, and Debian's package of each. */
const packages = {
  bridge: 'iproute2',
  flock: 'util-linux',
  ip: 'iproute2',
  mmdebstrap: 'mmdebstrap',
  nsenter: 'util-linux',
  'ssh-keygen': 'openssh-client',
  'systemd-nspawn': 'systemd-container',
  unshare: 'util-linux',
};

/** What is missing here, each with what to do; empty when the nodes can be booted. */
function obstacles() {
  if (process.platform !== 'linux')
    return ['The nodes are containers of Linux: start them on a Linux machine.'];
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  const missing = Object.keys(packages).filter(
    (program) => !folders.some((folder) => existsSync(join(folder, program))),
  );
  const found = [];
  if (missing.length > 0) {
    const names = [...new Set(missing.map((program) => packages[program]))].join(' ');
    found.push(`${missing.join(', ')} missing: on Debian and Ubuntu, sudo apt-get install ${names}`);
  }
  if (process.getuid?.() !== 0)
    found.push('Only root may boot nodes: sudo env "PATH=$PATH" npm run demo:cluster');
  return found;
}

try {
  const words = process.argv.slice(2);
  // Built before root is asked for, so that what is built stays the user's.
  await prepare();
  const found = words.length > 0 ? [] : obstacles();
  if (found.length > 0) {
    console.error(
      `The demo's nodes cannot be started yet.\n${found.map((line) => `  · ${line}`).join('\n')}`,
    );
    process.exitCode = 1;
  } else {
    process.exitCode = await run(node24, [join(root, 'scripts/demo-cluster-desk.ts'), ...words]);
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
